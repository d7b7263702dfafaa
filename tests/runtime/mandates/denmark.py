# SPDX-License-Identifier: Apache-2.0
"""Denmark's own policies, as the program asks them."""

from functools import cache
from importlib.resources.abc import Traversable

from bavn.node import mandates
from bavn.node.wiring import CAPABILITIES, catalogue
from bavn.runtime.countries import built_in
from bavn.runtime.mandates import Book, Gate

CATALOGUE = catalogue()
ACTS, ALARMS = mandates.acts_of(CAPABILITIES, CATALOGUE), mandates.alarms_of(CATALOGUE)
FOLDER: Traversable = mandates.built_in_folder("denmark")


@cache
def book() -> Book:
    """Denmark's policies."""
    return mandates.book(FOLDER, CAPABILITIES, CATALOGUE)


def gate_of(told: Book) -> Gate:
    """A gate in Denmark, by these policies."""
    return mandates.gate(built_in("denmark"), told, CATALOGUE)
