# SPDX-License-Identifier: Apache-2.0
"""Lilleland's gate: its own policies, over all that the program knows and Lilleland's own acts."""

from functools import cache

from bavn.node import mandates
from bavn.node.wiring import CAPABILITIES, catalogue
from bavn.runtime.mandates import Book, Gate, book_of
from tests.lilleland import vocabulary
from tests.lilleland.country import FOLDER, lilleland


def lilleland_gate() -> Gate:
    """A gate that remembers nothing yet."""
    return mandates.gate(lilleland(), lilleland_book(), catalogue())


@cache
def lilleland_book() -> Book:
    """Its policies, checked."""
    ours, invented = catalogue(), vocabulary.catalogue()
    acts = mandates.acts_of(CAPABILITIES, ours) | mandates.acts_of((), invented)
    alarms = mandates.alarms_of(ours) | mandates.alarms_of(invented)
    return book_of(FOLDER / mandates.FOLDER, acts, alarms)
