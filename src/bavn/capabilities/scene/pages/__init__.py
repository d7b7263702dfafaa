# SPDX-License-Identifier: Apache-2.0
"""The board of a scene as a page: looked at, and written on."""

from bavn.capabilities.scene.pages import board, telling

PAGES = (*board.PAGES, *telling.PAGES)

__all__ = ["PAGES"]
