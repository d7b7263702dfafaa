# SPDX-License-Identifier: Apache-2.0
"""The gate of this installation: the country's policies, and the acts that the program knows."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bavn.frame.capability import Capability
from bavn.frame.country import Country
from bavn.journal.catalogue import Catalogue
from bavn.runtime.mandates import Book, Gate, book_of, reading
from bavn.runtime.mandates.names import names_of
from bavn.runtime.mandates.standing import level_at, standing_of
from bavn.runtime.mandates.told import Organisations
from bavn.runtime.web.guard import OWN, PUBLIC

FOLDER = "mandates"
# Days that are asked about: today, and the days of what is looked at again.
DAYS_LIMIT = 64


def acts_of(capabilities: Iterable[Capability], catalogue: Catalogue) -> frozenset[str]:
    """All that may be asked of the program and takes a mandate."""
    found = {each.act for each in catalogue.decisions.values()}
    found.update(act for each in capabilities for act in _asked(each))
    found.update(reading.ACTS)
    return frozenset(each for each in found if not each.startswith((PUBLIC, OWN)))


def alarms_of(catalogue: Catalogue) -> frozenset[str]:
    """The acts that nothing may stop."""
    return frozenset(each.act for each in catalogue.decisions.values() if each.alarm)


def built_in_folder(country: str) -> Traversable:
    """The policies that come with a country."""
    return files("bavn") / "countries" / country / FOLDER


def book(
    folder: Traversable | Path, capabilities: Iterable[Capability], catalogue: Catalogue
) -> Book:
    """The policies of a folder, checked against what the program knows."""
    return book_of(folder, acts_of(capabilities, catalogue), alarms_of(catalogue))


def gate(country: Country, told: Book, catalogue: Catalogue, law: str | None = None) -> Gate:
    """The gate that these policies make in a country, by the law in force or by another."""

    @lru_cache(maxsize=DAYS_LIMIT)
    def standing(on: date) -> Organisations:
        return standing_of(country, on)

    made = Gate(
        told,
        standing,
        zone=ZoneInfo(country.time_zone),
        alarms=alarms_of(catalogue),
        functions={each.code: level_at(each.level) for each in country.functions},
        law=law,
    )
    made.names = names_of(country)
    return made


def _asked(capability: Capability) -> Iterator[str]:
    for handler in capability.handlers:
        opt: dict[str, Any] = getattr(handler, "opt", None) or {}
        act = opt.get("act")
        if isinstance(act, str):
            yield act
