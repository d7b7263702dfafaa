# SPDX-License-Identifier: Apache-2.0
"""Procedures: in force when all have agreed, for as long, and until one of them ends it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from bavn.capabilities.levels.decisions import LASTS_LIMIT
from bavn.capabilities.levels.facts import Moved, ProcedureEnded
from bavn.capabilities.levels.model import State
from bavn.capabilities.levels.views.room import AGREE
from bavn.journal.decision import Done
from bavn.kernel.identity import FactId, OrganisationId
from bavn.kernel.mandate import Actor, Allowed, May, Resource
from bavn.kernel.refusal import Refused
from bavn.node import mandates
from tests.capabilities.levels.played import (
    AGENCY,
    COUNTRY,
    MIDDLE,
    NJB,
    NORTH,
    NVJB,
    OSTBV,
    PARTS,
    REDISTRIBUTE,
    ZONE,
    Played,
    code_of,
    telling,
)
from tests.lilleland.nodes import EAST, NATION, WEST
from tests.runtime.mandates.denmark import CATALOGUE, book

TICK = timedelta(milliseconds=1)


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def agreed(played: Played) -> Played:
    assert isinstance(played.propose(), Done)
    assert isinstance(played.agree(), Done)
    return played


def state(played: Played, at: datetime | None = None) -> State:
    return played.procedure().state(at or played.clock(), ZONE)


@pytest.mark.requirement("E5.4")
def test_a_centre_moves_by_it_when_all_have_agreed(played: Played) -> None:
    assert played.moves() == {False}
    assert isinstance(played.propose(), Done)
    assert (state(played), played.moves()) == (State.WAITS, {False})
    assert played.procedure().missing(played.clock()) == (NJB,)
    played.clock.forward(minutes=5)
    assert isinstance(played.agree(), Done)
    at = played.clock()
    assert [played.moves(each) for each in (at - TICK, at)] == [{False}, {True}]
    assert state(played) is State.IN_FORCE


@pytest.mark.requirement("E5.4")
def test_it_covers_its_own_parties_and_nothing_else(agreed: Played) -> None:
    for actor, owner in (
        (Actor(organisation=NORTH, function="area_duty_leader"), OSTBV),
        (Actor(organisation=MIDDLE, function="area_duty_leader"), NJB),
        (Actor(organisation=NJB, function="duty_officer"), NJB),
        (Actor(organisation=AGENCY, function="national_duty_officer"), NJB),
        (Actor(organisation=NORTH, function="planner"), NJB),
    ):
        assert agreed.may(actor, REDISTRIBUTE, owner) == {False}
    at = agreed.clock()
    conditions = agreed.places[NATION].conditions
    assert conditions.agreed(NORTH, REDISTRIBUTE, NJB, at)
    # What nobody has agreed to, a procedure does not carry.
    assert not conditions.agreed(NORTH, "operations.close_incident", NJB, at)


@pytest.mark.requirement("E5.4")
def test_it_holds_on_its_own_days_also_when_the_clocks_are_put_back(played: Played) -> None:
    """From midnight to midnight: the day that has twenty-five hours has them all."""
    day = date(2026, 10, 25)
    played.propose(valid_from=day, valid_to=day + timedelta(days=1))
    played.agree()
    begins = datetime(2026, 10, 24, 22, tzinfo=UTC)
    ends = begins + timedelta(hours=25)
    instants = (begins - TICK, begins, ends - TICK, ends)
    assert [played.moves(each) for each in instants] == [{False}, {True}, {True}, {False}]
    assert [state(played, each) for each in instants] == [
        State.TO_COME,
        State.IN_FORCE,
        State.IN_FORCE,
        State.EXPIRED,
    ]


@pytest.mark.parametrize("party", [NJB, NORTH])
def test_any_party_ends_it_for_all(agreed: Played, party: OrganisationId) -> None:
    agreed.clock.forward(minutes=5)
    assert isinstance(agreed.end(party), Done)
    at = agreed.clock()
    assert [agreed.moves(each) for each in (at - TICK, at)] == [{True}, {False}]
    assert (agreed.procedure().ended_by, state(agreed)) == (party, State.ENDED)
    assert code_of(agreed.end(NJB)) == "procedure_over"
    assert code_of(agreed.agree()) == "procedure_over"


def test_whoever_is_no_party_ends_nothing() -> None:
    """Also where a node of its own lets him say so."""
    played = Played(mays={WEST: lambda *_: Allowed(basis="mandate:end-procedure")})
    played.propose()
    played.agree()
    one = played.procedure()
    hostile = telling(ProcedureEnded(of=NORTH), f"procedure:{one.id}")
    played.places[WEST].node.journal.record.catalogue = hostile
    assert isinstance(played.sets(OSTBV, 2), Done)
    assert played.moves() == {True}
    # Nor does it keep the parties from ending it themselves.
    assert isinstance(played.end(NJB), Done)
    assert played.moves() == {False}


def test_two_that_end_it_at_once_have_both_ended_it(agreed: Played) -> None:
    """Each tells its own: neither waits to hear of the other."""
    here = agreed.procedure()
    agreed.end(NORTH)
    told = agreed.places[EAST].room.procedure(NORTH, here.id)
    assert told is not None
    assert told.ended_by == NORTH
    assert agreed.places[EAST].room.procedure(MIDDLE, here.id) is None


def test_all_services_of_it_have_to_agree(played: Played) -> None:
    middle = Actor(organisation=MIDDLE, function="area_duty_leader")
    played.propose(MIDDLE, services=(NVJB, OSTBV))
    assert isinstance(played.agree(NVJB, of=MIDDLE), Done)
    assert played.procedure().missing(played.clock()) == (OSTBV,)
    assert played.may(middle, REDISTRIBUTE, NVJB) == {False}
    assert isinstance(played.agree(OSTBV, of=MIDDLE), Done)
    for owner in (NVJB, OSTBV):
        assert played.may(middle, REDISTRIBUTE, owner) == {True}


@pytest.mark.parametrize(
    "wrong",
    [
        {"services": ()},
        {"services": (NORTH,)},
        {"services": tuple(OrganisationId(f"s{number}") for number in range(61))},
        {"moved": ()},
        {"moved": (Moved("ASP", 1),) * 21},
        {"valid_to": date(2026, 10, 24)},
        {"valid_from": date(2026, 10, 1), "valid_to": date(2026, 10, 24)},
        {"valid_to": date(2026, 10, 25) + LASTS_LIMIT},
    ],
)
def test_what_makes_no_sense_is_not_proposed(played: Played, wrong: dict[str, object]) -> None:
    assert code_of(played.propose(NORTH, **wrong)) == "procedure_makes_no_sense"


@pytest.mark.parametrize("owner", [NJB, AGENCY])
def test_only_a_centre_proposes(played: Played, owner: OrganisationId) -> None:
    assert code_of(played.propose(owner, services=(NVJB,))) == "not_by_mandate"


def test_only_a_party_says_anything_about_it(agreed: Played) -> None:
    assert code_of(agreed.agree(OSTBV)) == "not_a_party"
    assert code_of(agreed.end(OSTBV)) == "not_a_party"
    assert code_of(agreed.end(AGENCY)) == "not_a_party"
    # The centre has agreed by proposing it, and is asked for nothing more.
    assert code_of(agreed.agree(NORTH)) == "not_by_mandate"
    assert code_of(agreed.agree()) == "agreed_already"
    for unknown in ("unknown", "", "no subject / at all"):
        assert code_of(agreed.agree(procedure=unknown)) == "not_a_party"
        assert code_of(agreed.end(procedure=unknown)) == "not_a_party"
    assert code_of(agreed.agree(of=MIDDLE)) == "not_a_party"


def test_what_is_over_is_agreed_to_no_more(played: Played) -> None:
    played.propose(valid_to=date(2026, 10, 25))
    played.clock.forward(days=1)
    assert code_of(played.agree()) == "procedure_over"
    assert state(played) is State.EXPIRED


@pytest.mark.parametrize(
    ("at", "code"),
    [
        # Half past eleven in the evening, and half past midnight: one hour, two days. In UTC both
        # are of the day before, in summer time (two hours) as in winter time (one).
        (datetime(2026, 10, 24, 21, 30, tzinfo=UTC), ""),
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), "procedure_over"),
        (datetime(2026, 12, 24, 22, 30, tzinfo=UTC), ""),
        (datetime(2026, 12, 24, 23, 30, tzinfo=UTC), "procedure_over"),
    ],
)
def test_the_day_is_that_of_the_wall_and_not_of_utc(at: datetime, code: str) -> None:
    here = replace(PARTS, zone=ZONE)
    played = Played(parts=dict.fromkeys((NATION, EAST, WEST), here))
    over = datetime(at.year, at.month, 25, tzinfo=ZONE).date()
    # Proposed while it was to come, at noon.
    played.propose(valid_from=over - timedelta(days=2), valid_to=over)
    played.clock.now = at
    outcome = played.agree()
    assert (code_of(outcome) if code else "") == code
    assert bool(code) or isinstance(outcome, Done)


@pytest.mark.requirement("E9.1")
def test_the_law_in_force_knows_no_such_procedure() -> None:
    played = Played(law="today")
    assert code_of(played.propose()) == "not_by_mandate"


def swayed(basis: str) -> May:
    """A gate that lets anybody agree, on a basis of its own making; else as the policies say."""
    gate = mandates.gate(COUNTRY, book(), CATALOGUE, "proposed")

    def may(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | Refused:
        return Allowed(basis=basis) if act == AGREE else gate(actor, act, resource, at)

    return may


@pytest.mark.parametrize(
    ("basis", "function", "counts"),
    [
        ("owner", "duty_officer", False),
        ("mandate:agree-procedure emergency", "duty_officer", False),
        ("mandate:agree-procedure delegation:d1", "duty_officer", False),
        ("mandate:own-response", "duty_officer", False),
        ("mandate:agree-procedure", "planner", False),
        ("mandate:agree-procedure", "duty_officer", True),
    ],
)
def test_a_word_without_a_mandate_is_no_agreement(
    basis: str, function: str, *, counts: bool
) -> None:
    played = Played(mays={WEST: swayed(basis)})
    assert isinstance(played.propose(MIDDLE, services=(NVJB,)), Done)
    actor = Actor(organisation=NVJB, function=function)
    assert isinstance(played.agree(NVJB, of=MIDDLE, actor=actor), Done)
    assert played.procedure().missing(played.clock()) == (() if counts else (NVJB,))
    middle = Actor(organisation=MIDDLE, function="area_duty_leader")
    assert played.may(middle, REDISTRIBUTE, NVJB) == {counts}


def test_nobody_agrees_for_another_even_where_the_gate_would_let_him() -> None:
    played = Played(mays={WEST: swayed("mandate:agree-procedure delegation:d1")})
    played.propose(MIDDLE, services=(NVJB,))
    other = Actor(organisation=NJB, function="duty_officer")
    assert code_of(played.agree(NVJB, of=MIDDLE, actor=other)) == "own_word_only"


def test_words_are_for_what_was_proposed_and_not_for_its_name(agreed: Played) -> None:
    """A centre that tells anew what was agreed to, with more in it, has nobody's word for that."""
    told, at = agreed.procedure(), agreed.clock()
    assert told.missing(at) == ()
    anew = msgspec.structs.replace(told, fact=FactId("another"), moved=(Moved("ASP", 99),))
    assert anew.missing(at) == (NJB,)
    assert not anew.covers(NORTH, NJB, at, ZONE)


def test_a_second_proposal_leaves_the_first_as_it_is(agreed: Played) -> None:
    assert isinstance(agreed.propose(moved=(Moved("ASP", 99),)), Done)
    assert agreed.procedure().missing(agreed.clock()) == (NJB,)
    holding = [
        each.moved
        for each in agreed.places[EAST].room.procedures()
        if each.state(agreed.clock(), ZONE) is State.IN_FORCE
    ]
    assert holding == [(Moved("ASP", 2),)]


def test_who_is_asked_to_agree_finds_it_on_the_board(played: Played) -> None:
    played.propose()
    room = played.places[EAST].room
    (wanted,) = room.wanting(played.call(NJB))
    assert not wanted.loud
    assert wanted.path == "/levels/procedures"
    assert room.wanting(played.call(NORTH)) == []
    played.agree()
    assert room.wanting(played.call(NJB)) == []
