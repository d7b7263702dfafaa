# SPDX-License-Identifier: Apache-2.0
"""The pages of calls: the questions of an incident, its part of others' pages, what is missing."""

from bavn.capabilities.calls.pages import asking, missing

PAGES = (
    asking.call_page,
    asking.answer,
    asking.head_part,
    asking.questions_part,
    missing.part,
    missing.overview,
    missing.board_part,
)
