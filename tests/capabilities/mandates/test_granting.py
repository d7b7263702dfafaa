# SPDX-License-Identifier: Apache-2.0
"""Delegated and declared: what holds, from when until when, who looks, and what it opens."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.mandates.capability import MANDATES
from bavn.capabilities.mandates.decisions import (
    CHIEF_FIRST,
    EMERGENCY_LASTS,
    DeclareEmergency,
    Delegate,
    EndDelegation,
    ExplainEmergency,
    LookAtAny,
    LookAtOwn,
)
from bavn.capabilities.mandates.views.room import Delegation, Emergency, Room
from bavn.frame.call import Call
from bavn.frame.country import Level
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.mandating import ToldGrants
from bavn.runtime.countries import built_in
from bavn.runtime.functions import MACHINES, OPERATOR
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    WEST,
    WESTERN,
    WESTTOWN,
    Clock,
    Node,
    Settings,
)
from tests.runtime.mandates.denmark import book, gate_of

DAY = timedelta(days=1)
NJB, NVJB = OrganisationId("njb"), OrganisationId("nvjb")
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Named:
    """Functions are called by their codes; of the policies nothing is said."""

    def functions(self, _call: Call) -> list[tuple[str, str]]:
        return []

    def holding(self) -> None:
        return None


class World:
    """Two organisations on two nodes."""

    def __init__(self) -> None:
        self.clock = Clock()
        parts = catalogue_of([MANDATES.part])
        settings = Settings(catalogue=parts, clock=self.clock)
        self.east, self.west = Node(EAST, settings=settings), Node(WEST, settings=settings)

    def ask(self, owner: OrganisationId, content: msgspec.Struct) -> Outcome:
        node = self.east if owner == EASTTOWN else self.west
        actor = Actor(organisation=owner, function="duty_officer")
        outcome = node.ask(Request(owner=owner, actor=actor, content=content))
        self.west.hear(self.east)
        self.east.hear(self.west)
        return outcome

    def room(self, node: Node) -> Room:
        return Room(node.journal.query, Named())  # type: ignore[arg-type]

    def delegation(self) -> Delegation:
        return self.room(self.west).delegations()[0]

    def emergency(self, organisation: OrganisationId = EASTTOWN) -> Emergency:
        return self.room(self.east).emergencies(self.call(organisation))[0]

    def call(self, organisation: OrganisationId) -> Call:
        return Call(
            actor=Actor(organisation=organisation, function="duty_officer"),
            organisations=frozenset({organisation}),
            reader=Reader(organisations=frozenset({organisation}), personal=True),
            sender="x",
            language="da",
            now=self.clock(),
            say=lambda name, **_: name,
        )


@pytest.fixture
def world() -> World:
    return World()


def delegating(world: World, **more: object) -> Delegate:
    told = Delegate(
        area=EASTERN,
        to=WESTTOWN,
        function="duty_officer",
        acts=("operations.close_incident",),
        valid_from=world.clock(),
        valid_to=world.clock() + DAY,
    )
    return msgspec.structs.replace(told, **more)


@pytest.mark.requirement("E9.1")
def test_what_is_delegated_holds_from_its_first_instant_until_before_its_last(
    world: World,
) -> None:
    assert isinstance(world.ask(EASTTOWN, delegating(world)), Done)
    told = world.delegation()
    tick = timedelta(milliseconds=1)
    assert [
        told.holds(at)
        for at in (told.valid_from - tick, told.valid_from, told.valid_to - tick, told.valid_to)
    ] == [False, True, True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": EASTTOWN},
        {"acts": ()},
        {"valid_to": datetime(2020, 1, 1, tzinfo=UTC)},
        {
            "valid_from": datetime(2020, 1, 1, tzinfo=UTC),
            "valid_to": datetime(2020, 1, 2, tzinfo=UTC),
        },
        {"valid_to": datetime(2100, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_makes_no_sense_is_not_delegated(world: World, wrong: dict[str, object]) -> None:
    outcome = world.ask(EASTTOWN, delegating(world, **wrong))
    assert isinstance(outcome, Refused)
    assert outcome.code == "delegates_nothing"


def test_a_delegation_is_taken_back_by_whoever_gave_it_once(world: World) -> None:
    world.ask(EASTTOWN, delegating(world))
    one = world.delegation().id
    other = world.ask(WESTTOWN, EndDelegation(area=WESTERN, delegation=one))
    assert isinstance(other, Refused)
    assert other.code == "not_delegated"
    assert isinstance(world.ask(EASTTOWN, EndDelegation(area=EASTERN, delegation=one)), Done)
    assert not world.delegation().holds(world.clock() + timedelta(seconds=1))
    again = world.ask(EASTTOWN, EndDelegation(area=EASTERN, delegation=one))
    assert isinstance(again, Refused)


def test_an_emergency_is_told_at_once_and_explained_later(world: World) -> None:
    assert isinstance(world.ask(EASTTOWN, DeclareEmergency(area=EASTERN, text=Private(""))), Done)
    told = world.emergency()
    assert not told.is_explained
    assert told.until - told.declared_at == EMERGENCY_LASTS
    empty = world.ask(EASTTOWN, ExplainEmergency(emergency=told.id, text=Private(" ")))
    assert isinstance(empty, Refused)
    why = Private("Ingen vagtleder kunne nås.")
    assert isinstance(world.ask(EASTTOWN, ExplainEmergency(emergency=told.id, text=why)), Done)
    assert world.emergency().is_explained
    # Why is the own organisation's.
    assert not world.emergency(WESTTOWN).is_explained


def test_a_reason_that_comes_at_once_is_kept_at_once(world: World) -> None:
    world.ask(EASTTOWN, DeclareEmergency(area=EASTERN, text=Private("Derfor.")))
    assert world.emergency().is_explained


@pytest.mark.parametrize("name", ["unknown", "", "no subject / at all"])
def test_what_was_never_declared_is_neither_explained_nor_looked_at(
    world: World, name: str
) -> None:
    for content in (
        ExplainEmergency(emergency=name, text=Private("x")),
        LookAtOwn(area=EASTERN, emergency=name),
        LookAtAny(area=EASTERN, emergency=name),
    ):
        outcome = world.ask(EASTTOWN, content)
        assert isinstance(outcome, Refused)
        assert outcome.code == "no_emergency"


@pytest.mark.requirement("E3.1")
def test_the_own_chief_looks_first_and_then_oversight(world: World) -> None:
    world.ask(EASTTOWN, DeclareEmergency(area=EASTERN, text=Private("")))
    one = world.emergency().id
    assert [each.id for each in world.room(world.east).wanting(world.call(EASTTOWN))] == [
        f"mandates.emergency:{one}"
    ]
    early = world.ask(WESTTOWN, LookAtAny(area=WESTERN, emergency=one))
    assert isinstance(early, Refused)
    assert early.code == "chief_first"
    # The chief of another organisation is not the own one.
    assert isinstance(world.ask(WESTTOWN, LookAtOwn(area=WESTERN, emergency=one)), Refused)
    assert isinstance(world.ask(EASTTOWN, LookAtOwn(area=EASTERN, emergency=one)), Done)
    assert world.room(world.east).wanting(world.call(EASTTOWN)) == []
    assert isinstance(world.ask(WESTTOWN, LookAtAny(area=WESTERN, emergency=one)), Done)
    told = world.emergency()
    assert told.chief_at is not None
    assert told.oversight_at is not None


def test_oversight_does_not_wait_for_ever(world: World) -> None:
    world.ask(EASTTOWN, DeclareEmergency(area=EASTERN, text=Private("")))
    one = world.emergency().id
    world.clock.forward(seconds=CHIEF_FIRST.total_seconds())
    assert isinstance(world.ask(WESTTOWN, LookAtAny(area=WESTERN, emergency=one)), Done)


class Told:
    """What ToldGrants asks a room for."""

    def __init__(
        self, delegations: list[Delegation], declared: list[Emergency] | None = None
    ) -> None:
        self._delegations, self._declared = delegations, declared or []

    def delegations(self) -> list[Delegation]:
        return self._delegations

    def declared(self) -> list[Emergency]:
        return self._declared


def of_njb(**more: object) -> Delegation:
    told = Delegation(
        id="d1",
        of=NJB,
        to=NVJB,
        function="duty_officer",
        acts=("operations.close_incident", "planning.adopt_dimensioning", "levels.set_level"),
        valid_from=AT,
        valid_to=AT + DAY,
        ended_at=None,
    )
    return msgspec.structs.replace(told, **more)


THERE = Actor(organisation=NVJB, function="duty_officer")


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize(
    ("act", "owner", "at", "allowed"),
    [
        ("operations.close_incident", NJB, AT, True),
        ("operations.close_incident", NJB, AT + DAY, False),
        ("operations.close_incident", NJB, AT - timedelta(seconds=1), False),
        # Only what was delegated, only by whom it was, only what that one has.
        ("operations.correct_incident", NJB, AT, False),
        ("operations.close_incident", OrganisationId("ostbv"), AT, False),
        ("levels.set_level", NJB, AT, False),
        ("planning.adopt_dimensioning", NJB, AT, True),
    ],
)
def test_the_gate_goes_by_what_is_delegated(
    act: str, owner: OrganisationId, at: datetime, allowed: bool
) -> None:
    gate = gate_of(book())
    gate.granted = ToldGrants(Told([of_njb()]))  # type: ignore[arg-type]
    answer = gate(THERE, act, Resource(owner=owner), at)
    assert isinstance(answer, Allowed) == allowed
    if isinstance(answer, Allowed):
        assert answer.basis.endswith("delegation:d1")
    elsewhere = Actor(organisation=NVJB, function="planner")
    assert isinstance(gate(elsewhere, act, Resource(owner=owner), at), Refused)


def test_what_is_ended_is_delegated_no_more() -> None:
    gate = gate_of(book())
    gate.granted = ToldGrants(Told([of_njb(ended_at=AT)]))  # type: ignore[arg-type]
    answer = gate(THERE, "operations.close_incident", Resource(owner=NJB), AT)
    assert isinstance(answer, Refused)


def test_an_emergency_opens_what_the_law_says_and_is_flagged() -> None:
    gate = gate_of(book())
    operator = Actor(organisation=OrganisationId("nordjylland"), function="area_operator")
    own = Resource(owner=operator.organisation)
    declared = Emergency(
        id="e1",
        of=operator.organisation,
        function=operator.function,
        declared_at=AT,
        until=AT + EMERGENCY_LASTS,
        is_explained=False,
        chief_at=None,
        oversight_at=None,
    )
    gate.granted = ToldGrants(Told([], [declared]))  # type: ignore[arg-type]
    answer = gate(operator, "connections.take_over", own, AT)
    assert isinstance(answer, Allowed)
    assert answer.flagged
    assert "emergency" in answer.basis
    # What needs none is not marked by it; and it ends.
    ordinary = gate(operator, "dispatch.stand_down", own, AT)
    assert ordinary == Allowed(basis="mandate:own-response")
    assert isinstance(gate(operator, "organisation.confirm_import", own, AT), Refused)
    assert isinstance(gate(operator, "connections.take_over", own, declared.until), Refused)
    colleague = Actor(organisation=OrganisationId("midtjylland"), function="area_operator")
    theirs = Resource(owner=colleague.organisation)
    assert isinstance(gate(colleague, "connections.take_over", theirs, AT), Refused)


HOMES = {each.code: each.level for each in built_in("denmark").functions}


@given(st.sampled_from(sorted(book().acts)), st.sampled_from(sorted(book().roles)))
def test_nobody_gets_more_by_a_delegation_than_its_giver_has(act: str, function: str) -> None:
    gate, plain = gate_of(book()), gate_of(book())
    told = of_njb(acts=(act,), function=function)
    gate.granted = ToldGrants(Told([told]))  # type: ignore[arg-type]
    actor = Actor(organisation=NVJB, function=function)
    for owner in (NJB, OrganisationId("ostbv")):
        by_itself = isinstance(plain(actor, act, Resource(owner=owner), AT), Allowed)
        given_to = isinstance(gate(actor, act, Resource(owner=owner), AT), Allowed)
        givers = [
            each
            for each in book().roles
            # Somebody may have it in a service.
            if HOMES.get(each, Level.SERVICE) == Level.SERVICE
            and each not in {*MACHINES, OPERATOR}
            and isinstance(
                plain(Actor(organisation=NJB, function=each), act, Resource(owner=owner), AT),
                Allowed,
            )
        ]
        assert given_to == (by_itself or bool(givers))
