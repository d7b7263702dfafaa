# SPDX-License-Identifier: Apache-2.0
"""What is told of a scene between nodes: to those who work there, in whatever order it is heard."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bavn.capabilities.safety.capability import SAFETY
from bavn.capabilities.safety.decisions import EnterTeam, TellMayday, TellTeam
from bavn.capabilities.safety.decisions.rolls import CallRoll, Count
from bavn.capabilities.safety.model.teams import Signal, StepSort
from bavn.capabilities.safety.ports import Scene, UnitThere
from bavn.capabilities.safety.views.room import Room, SafetyNow
from bavn.frame.call import Call
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Request
from bavn.journal.reader import Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import FactId, NodeId, OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.safety import air_rules_of, cylinders_of
from bavn.runtime.texts import Texts
from tests.lilleland.nodes import (
    AGENCY,
    EAST,
    EASTERN,
    EASTTOWN,
    NATION,
    WEST,
    WESTTOWN,
    Clock,
    Node,
    Settings,
)

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
TO = (EASTTOWN, EASTERN, WESTTOWN)
SCENE = Scene(incident="i1", label="i1", service=EASTTOWN, area=EASTERN, assigned=TO)
CYLINDER = cylinders_of("denmark")[0]


class Around:
    """Lilleland's only incident."""

    zone = ZoneInfo("Europe/Copenhagen")
    cylinders = cylinders_of("denmark")
    rules = air_rules_of("denmark")

    def scene(self, call: Call, incident: str) -> Scene:
        return SCENE

    def known(self, call: Call, incident: str) -> Scene | None:
        return SCENE if incident == "i1" else None

    def units_at(self, call: Call, incident: str) -> tuple[UnitThere, ...]:
        return ()

    def name_of(self, call: Call, organisation: str) -> str:
        return organisation


class Country:
    """The east, whose incident it is, the west, who works there, and the nation."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        settings = Settings(catalogue=catalogue_of([SAFETY.part]), clock=self.clock)
        self.nodes = {name: Node(name, settings=settings) for name in (EAST, WEST, NATION)}

    def tell(self, node: NodeId, owner: OrganisationId, content: msgspec.Struct) -> FactId:
        self.clock.forward(minutes=1)
        actor = Actor(organisation=owner, function="duty_officer")
        outcome = self.nodes[node].ask(Request(owner=owner, actor=actor, content=content))
        assert isinstance(outcome, Done), outcome
        return outcome.facts[0]

    def talk(self) -> None:
        for one, other in permutations(self.nodes.values(), 2):
            one.hear(other)

    def now(self, node: NodeId, organisation: OrganisationId) -> SafetyNow:
        call = Call(
            actor=Actor(organisation=organisation, function="duty_officer"),
            organisations=frozenset({organisation}),
            reader=Reader(organisations=frozenset({organisation})),
            sender="board",
            language="da",
            now=self.clock(),
            say=Texts("da"),
        )
        return Room(self.nodes[node].journal.query, Around()).of(call, SCENE)

    def close(self) -> None:
        for node in self.nodes.values():
            assert list(node.journal.verify()) == []
            node.close()


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    yield country
    country.close()


def entered(team: str, **more: object) -> EnterTeam:
    return EnterTeam(
        incident="i1",
        to=TO,
        team=team,
        callsign=team.upper(),
        count=2,
        bar=300,
        cylinder=CYLINDER.code,
        figures=CYLINDER.figures,
        step=f"{team}-in",
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.requirement("E5.3")
def test_two_services_keep_one_team_and_all_see_the_same(country: Country) -> None:
    country.tell(EAST, EASTTOWN, entered("rd1"))
    country.talk()
    heard = TellTeam(incident="i1", to=TO, team="rd1", sort=StepSort.PRESSURE, bar=250, step="p")
    country.tell(WEST, WESTTOWN, heard)
    mayday = TellMayday(incident="i1", to=TO, team="rd1", step="m")
    country.tell(EAST, EASTTOWN, mayday)
    # Told by the other way as well: the same step, and the west's own fact.
    country.tell(WEST, WESTTOWN, mayday)
    country.talk()
    east, west = country.now(EAST, EASTTOWN), country.now(WEST, WESTTOWN)
    assert east.teams == west.teams == country.now(EAST, EASTERN).teams
    (team,) = east.teams
    assert team.air is not None
    assert (team.air.bar, team.signals[0]) == (250, Signal.MAYDAY)
    assert team.mayday_ms == int((NOW + timedelta(minutes=3)).timestamp() * 1000)
    nation = country.now(NATION, AGENCY)
    assert (nation.teams, nation.is_told) == ((), False)
    held = country.nodes[NATION].store.facts_after(0, 100)
    assert not any(b"safety." in each.raw for each in held)


def test_what_comes_late_finds_its_place(country: Country) -> None:
    out = TellTeam(incident="i1", to=TO, team="rd1", sort=StepSort.OUT, step="o", kept=True)
    country.tell(WEST, WESTTOWN, out)
    late = entered("rd1", at=NOW - timedelta(minutes=20), kept=True)
    country.tell(EAST, EASTTOWN, late)
    country.talk()
    (team,) = country.now(EAST, EASTTOWN).teams
    assert (team.is_entered, team.is_inside) == (True, False)
    assert team.since_ms == int((NOW - timedelta(minutes=20)).timestamp() * 1000)


def test_a_struck_step_counts_no_more(country: Country) -> None:
    country.tell(EAST, EASTTOWN, entered("rd1"))
    wrong = country.tell(EAST, EASTTOWN, TellMayday(incident="i1", to=TO, team="rd1"))
    (team,) = country.now(EAST, EASTTOWN).teams
    assert Signal.MAYDAY in team.signals
    country.tell(EAST, EASTTOWN, StrikeFact(fact=wrong, reason=Private("a slip")))
    (team,) = country.now(EAST, EASTTOWN).teams
    assert team.signals == ()


def test_a_roll_call_is_counted_by_two_services(country: Country) -> None:
    def count(unit: str, present: int) -> CallRoll:
        counted = Count(unit=unit, callsign=unit, present=present, expected=6)
        return CallRoll(incident="i1", to=TO, counts=(counted,))

    country.tell(EAST, EASTTOWN, count("u1", 6))
    country.talk()
    country.tell(WEST, WESTTOWN, count("u2", 5))
    country.talk()
    for node, organisation in ((EAST, EASTTOWN), (WEST, WESTTOWN)):
        roll = country.now(node, organisation).roll
        assert roll is not None
        assert [(each.unit, each.found, each.missing) for each in roll.units] == [
            ("u2", 5, 1),
            ("u1", 6, 0),
        ]
