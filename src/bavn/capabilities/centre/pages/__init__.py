# SPDX-License-Identifier: Apache-2.0
"""The pages of the centre."""

from bavn.capabilities.centre.pages import binder, board, cards, commands, handover, paper

PAGES = (
    *board.HANDLERS,
    *commands.HANDLERS,
    *handover.HANDLERS,
    *cards.HANDLERS,
    *binder.HANDLERS,
    *paper.HANDLERS,
)
