# SPDX-License-Identifier: Apache-2.0
"""Crews as they are read: one, and all at once for whoever weighs units against each other."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from bavn.capabilities.crews.model.crew import (
    NOTHING_HEARD,
    CrewNow,
    Due,
    Heard,
    Said,
    crew_now,
)
from bavn.capabilities.crews.ports import Around, Unit
from bavn.capabilities.crews.views import CREWS, WORK
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row, Value
from bavn.kernel.identity import Subject
from bavn.kernel.instants import instant_of

UNIT = "unit:"


class Room:
    """Who is aboard what; made once for a world that is served.

    What was told is read once, and then only of units of which something was told since: whoever
    weighs all units of a country against each other asks with every alarm.
    """

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query
        self._heard: dict[str, Heard] | None = None
        # Units of which something was told since.
        self._stale: set[str] = set()

    def hear(self, about: Iterable[str]) -> None:
        """Take note that something was told of these subjects."""
        self._stale.update(each for each in about if each.startswith(UNIT))

    def one(self, unit: Unit, now: datetime) -> CrewNow:
        """Who is aboard one unit."""
        return self._now(unit, self._all(), now)

    def all(self, now: datetime) -> Mapping[str, CrewNow]:
        """Who is aboard each registered unit, by the unit's id."""
        heard = self._all()
        return {unit.id: self._now(unit, heard, now) for unit in self.around.planned(now)}

    def _all(self) -> Mapping[str, Heard]:
        if self._heard is None:
            self._stale.clear()
            self._heard = {}
            self._read({})
        while self._stale:
            subject = self._stale.pop()
            self._heard.pop(subject.removeprefix(UNIT), None)
            self._read({"subject": subject})
        return self._heard

    def _read(self, where: Mapping[str, Value]) -> None:
        assert self._heard is not None
        said = _by_unit(self._query.rows(NOBODY, CREWS, where), "told_at_ms")
        work = _by_unit(self._query.rows(NOBODY, WORK, where), "status_at_ms")
        for unit in said.keys() | work.keys():
            self._heard[unit] = Heard(
                said=_said(said[unit]) if unit in said else None,
                working_since=_instant(work[unit]["working_since_ms"]) if unit in work else None,
            )

    def _now(self, unit: Unit, heard: Mapping[str, Heard], now: datetime) -> CrewNow:
        told = heard.get(unit.id, NOTHING_HEARD)
        return crew_now(unit.id, told, unit.plan, self.around.limits, now)

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Crews of the caller's own that should be relieved soon, or should have been."""
        found = []
        crews = self.all(call.now)
        for unit in self.around.planned(call.now):
            relief = crews[unit.id].relief
            if unit.service not in call.organisations or relief is None:
                continue
            if relief.state is Due.LATER:
                continue
            found.append(
                Attention(
                    id=f"crews.relief:{unit.id}:{int(relief.due_at.timestamp())}:{relief.state}",
                    text=f"crews.attention.{relief.state}.{relief.because}",
                    values={
                        "unit": unit.callsign,
                        "at": f"{relief.due_at.astimezone(self.around.zone):%H:%M}",
                    },
                    since=min(relief.due_at, call.now),
                    about=Subject(f"{UNIT}{unit.id}"),
                    path=f"/units/{unit.id}",
                    service=unit.service,
                )
            )
        return found


RoomGiven: TypeAlias = Given[Room]


def _said(row: Row) -> Said:
    told_at = _instant(row["told_at_ms"])
    assert told_at is not None, "the view says so"
    return Said(
        count=_number(row["count"]) or 0,
        told_at=told_at,
        leaders=_number(row["leaders"]),
        smoke_divers=_number(row["smoke_divers"]),
        drivers=_number(row["drivers"]),
        competences=tuple(str(row["competences"]).split()),
        on_duty_at=_instant(row["on_duty_at_ms"]),
        until=_instant(row["until_ms"]),
        flags=tuple(str(row["flags"]).split()),
    )


def _by_unit(rows: Sequence[Row], at: str) -> Mapping[str, Row]:
    """The newest of each: two owners may have told of one unit."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda each: _number(each[at]) or 0):
        found[str(row["subject"]).removeprefix(UNIT)] = row
    return found


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _instant(value: Value) -> datetime | None:
    return instant_of(value) if isinstance(value, int) else None
