# SPDX-License-Identifier: Apache-2.0
"""The picture: grown piece by piece it is as one made anew; exact places where they may be."""

import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from bavn.capabilities.operations.capability import OPERATIONS, room
from bavn.capabilities.operations.decisions import (
    CloseIncident,
    CorrectIncident,
    ReportIncident,
    SetUnitStatus,
)
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.ports import NoRegistry, Position, RegisteredUnit
from bavn.capabilities.operations.views.picture import (
    INCIDENT_COLUMNS,
    READERS_LIMIT,
    UNIT_COLUMNS,
    Pictures,
)
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Request
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, WESTTOWN, Clock, Node, Settings

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
ACTOR = Actor(organisation=EASTTOWN, function="control_room")


class Moving:
    """Positions as the picture sees them."""

    def __init__(self) -> None:
        self.version = 0
        self.last: dict[str, Position] = {}

    def of(self, unit: str) -> Position | None:
        return self.last.get(unit)

    def track(self, unit: str) -> tuple[Position, ...]:
        return ()

    def move(self, unit: str, lat: float) -> None:
        self.version += 1
        self.last[unit] = Position(unit=unit, lat=lat, lon=9.9, at=NOW)


class Register(NoRegistry):
    """Two units."""

    version = 1

    def units(self, on: date) -> list[RegisteredUnit]:
        return [
            RegisteredUnit(
                id=f"u{number}",
                callsign=f"U {number}",
                type="ASP",
                service=EASTTOWN,
                lat=57.1,
                lon=9.9,
            )
            for number in (1, 2)
        ]


class Watching:
    """A node, its picture, and what it is made of."""

    def __init__(self) -> None:
        self.clock = Clock()
        parts = catalogue_of([OPERATIONS.part])
        self.node = Node(EAST, settings=Settings(catalogue=parts, clock=self.clock))
        self.moving, self.base = Moving(), room(registry=Register())
        self.pictures = self.fresh()

    def fresh(self) -> Pictures:
        """A picture that nothing has been made for yet."""
        return Pictures(self.base.territory, self.base.registry, self.base.types, self.moving)

    def done(self, content: msgspec.Struct) -> Done:
        self.clock.forward(seconds=1)
        return self.node.done(Request(owner=EASTTOWN, actor=ACTOR, content=content))

    def shown(self, reader: Reader = NOBODY, pictures: Pictures | None = None) -> Any:
        journal, made = self.node.journal, pictures or self.pictures
        if not made.is_fresh(journal.record.position, NOW):
            made.renew(journal.query, journal.record.position, NOW)
        prepared = made.of(journal.query, reader)
        assert zlib.decompress(prepared.packed, 31) == prepared.body
        return msgspec.json.decode(prepared.body)


@pytest.fixture
def watching() -> Iterator[Watching]:
    watching = Watching()
    yield watching
    watching.node.close()


def report(name: str, **more: Any) -> ReportIncident:
    known = {"incident_type": "BR-VIL", "latitude": 57.123456, "longitude": 9.987654}
    return ReportIncident(incident=name, area=EASTERN, **{**known, **more})


def of(columns: tuple[str, ...], arrays: list[list[Any]]) -> dict[str, dict[str, Any]]:
    """Rows by their id, each value by its column."""
    return {row[0]: dict(zip(columns, row, strict=True)) for row in arrays}


def test_the_columns_say_what_the_arrays_hold(watching: Watching) -> None:
    watching.done(report("i1"))
    watching.done(SetUnitStatus(unit="u1", area=EASTERN, status=UnitStatus.EN_ROUTE, incident="i1"))
    watching.moving.move("u2", 57.23456789)
    shown = watching.shown()
    assert shown["columns"] == {
        "incidents": list(INCIDENT_COLUMNS),
        "units": list(UNIT_COLUMNS),
    }
    incident = of(INCIDENT_COLUMNS, shown["incidents"])["i1"]
    assert (incident["type"], incident["lat"], incident["exact"]) == ("BR-VIL", 57.12, 0)
    assert (incident["service"], incident["units"]) == (EASTTOWN, 1)
    units = of(UNIT_COLUMNS, shown["units"])
    assert (units["u1"]["status"], units["u1"]["incident"]) == ("en_route", "i1")
    assert (units["u1"]["lat"], units["u1"]["place_at"]) == (57.1, None)
    assert (units["u2"]["lat"], units["u2"]["place_at"]) == (57.2346, NOW.timestamp())
    (area,) = shown["areas"]
    assert (area["id"], area["figures"]["incidents"]) == (EASTERN, {"unknown": 1})


@pytest.mark.parametrize(
    ("reader", "lat", "exact"),
    [
        (NOBODY, 57.12, 0),
        (Reader(organisations=frozenset({WESTTOWN})), 57.12, 0),
        # The area hears of it; the place is for its centre alone.
        (Reader(areas=frozenset({EASTERN})), 57.12, 0),
        (Reader(organisations=frozenset({EASTTOWN})), 57.1235, 1),
        (Reader(organisations=frozenset({EASTERN})), 57.1235, 1),
    ],
)
def test_who_may_know_the_place_sees_it_and_nobody_else(
    watching: Watching, reader: Reader, lat: float, exact: int
) -> None:
    watching.done(report("i1"))
    # Whoever asked first must not decide what the next one sees.
    watching.shown(Reader(organisations=frozenset({EASTTOWN, EASTERN})))
    incident = of(INCIDENT_COLUMNS, watching.shown(reader)["incidents"])["i1"]
    assert (incident["lat"], incident["exact"]) == (lat, exact)


@pytest.mark.parametrize("seed", range(8))
def test_a_picture_that_grew_is_as_one_made_from_nothing(watching: Watching, seed: int) -> None:
    chance = Random(seed)
    facts: list[str] = []
    reader = Reader(organisations=frozenset({EASTTOWN}))
    for number in range(25):
        name, unit = f"i{chance.randrange(4)}", f"u{chance.randrange(4)}"
        status = chance.choice(list(UnitStatus))
        is_known = f"incident:{name}" in {
            str(row["subject"])
            for row in watching.node.journal.query.rows(NOBODY, OPERATIONS.part.views[1])
        }
        act = chance.randrange(6)
        if act == 0 or not is_known:
            facts += watching.done(report(name, latitude=57 + number / 1000)).facts
        elif act == 1:
            wanted = CorrectIncident(incident=name, area=EASTERN, urgency=f"u_{'abc'[number % 3]}")
            watching.node.ask(Request(owner=EASTTOWN, actor=ACTOR, content=wanted))
        elif act == 2:
            closing = CloseIncident(incident=name, area=EASTERN, outcome="real")
            watching.node.ask(Request(owner=EASTTOWN, actor=ACTOR, content=closing))
        elif act == 3 and facts:
            struck = facts.pop(chance.randrange(len(facts)))
            watching.done(StrikeFact(fact=struck))  # type: ignore[arg-type]
        elif act == 4:
            watching.moving.move(unit, 57 + number / 100)
        else:
            content = SetUnitStatus(unit=unit, area=EASTERN, status=status, incident=name)
            facts += watching.done(content).facts
        for each in (NOBODY, reader):
            assert watching.shown(each) == watching.shown(each, watching.fresh())


def test_it_is_made_once_for_each_state_however_many_ask(watching: Watching) -> None:
    watching.done(report("i1"))
    for number in range(READERS_LIMIT + 5):
        watching.shown(Reader(organisations=frozenset({OrganisationId(f"o{number}")})))
    assert watching.pictures.made_count == 1
    watching.done(report("i2"))
    assert len(watching.shown()["incidents"]) == 2
    assert watching.pictures.made_count == 2


def test_a_new_day_is_a_new_picture(watching: Watching) -> None:
    watching.shown()
    position = watching.node.journal.record.position
    assert watching.pictures.is_fresh(position, NOW)
    assert not watching.pictures.is_fresh(position, NOW + timedelta(days=1))
