# SPDX-License-Identifier: Apache-2.0
"""Dated facts and the rows that are folded from them: one form in each direction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Generic, TypeVar, get_origin

import msgspec

from bavn.capabilities.organisation.facts import DatedFact
from bavn.frame.country import holds
from bavn.journal.fact import Sealed
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId

# The text of an open beginning: before all days.
OPEN = ""

B = TypeVar("B", bound=DatedFact)
B_co = TypeVar("B_co", bound=DatedFact, covariant=True)


@dataclass(frozen=True, slots=True)
class Held(Generic[B_co]):
    """One dated row: who told it, what it is about, and what it says."""

    owner: OrganisationId
    id: str
    body: B_co


def day_text(day: date | None) -> str:
    """A first day as it stands in a row."""
    return OPEN if day is None else day.isoformat()


def row_of(body: DatedFact, fact_id: str) -> Row:
    """A dated fact as the columns of its row."""
    row: Row = {"fact": fact_id}
    for name in body.__struct_fields__:
        row[name] = _cell(getattr(body, name))
    row["valid_from"] = day_text(body.valid_from)
    return row


def _cell(value: Any) -> Value:
    if isinstance(value, tuple | Sealed):
        return msgspec.json.encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    assert value is None or isinstance(value, str | int | float)
    return value


def held(row: Mapping[str, Value], body: type[B]) -> Held[B]:
    """What a row of a dated view says."""
    values: dict[str, Any] = {
        name: value if read is None else read(value)
        for name, read in _plan(body)
        if (value := row[name]) is not None and not (name == "valid_from" and value == OPEN)
    }
    _, _, id_ = str(row["subject"]).partition(":")
    return Held(OrganisationId(str(row["owner"])), id_, body(**values))


@cache
def _plan(body: type[DatedFact]) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """How each field is read from its column: as it stands, as a day, or out of JSON."""
    plan: list[tuple[str, Callable[[Any], Any] | None]] = []
    for field in msgspec.structs.fields(body):
        if field.name in {"valid_from", "valid_to"}:
            plan.append((field.name, date.fromisoformat))
        elif get_origin(field.type) is None:
            plan.append((field.name, None))
        else:
            plan.append((field.name, msgspec.json.Decoder(field.type).decode))
    return tuple(plan)


def all_held(rows: Iterable[Mapping[str, Value]], body: type[B]) -> list[Held[B]]:
    """What the rows of a dated view say, with those that never held."""
    return [held(row, body) for row in rows]


def ever(body: DatedFact) -> bool:
    """False for what ends on the day it begins, or before: it was taken back."""
    return body.valid_from is None or body.valid_to is None or body.valid_from < body.valid_to


def on_day(every: Iterable[Held[B]], on: date) -> list[Held[B]]:
    """What holds on a day, in the order of owners and ids."""
    found = [each for each in every if holds(each.body, on)]
    return sorted(found, key=lambda each: (each.owner, each.id))


def begins_later(every: Iterable[Held[B]], on: date) -> bool:
    """True when something stands that begins after the day."""
    return any((each.body.valid_from or date.min) > on and ever(each.body) for each in every)


def ended(body: B, on: date) -> B:
    """The same until the day; what begins on it or later never holds."""
    first = body.valid_from
    last = on if first is None or first < on else first
    return msgspec.structs.replace(body, valid_to=last)


def same(one: DatedFact, other: DatedFact) -> bool:
    """True when two say the same, whatever they stand on and for how long they hold."""
    blank: dict[str, Any] = {"valid_from": None, "valid_to": None, "basis": "", "source": ""}
    return msgspec.structs.replace(one, **blank) == msgspec.structs.replace(other, **blank)
