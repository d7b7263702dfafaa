# SPDX-License-Identifier: Apache-2.0
"""Which levels count: true or forged, by whom, of whom, on which ground, by which law."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.capabilities.levels.facts import LevelSet
from bavn.capabilities.levels.model import LevelTold, Procedure, named_in
from bavn.capabilities.levels.views.room import Room
from bavn.journal.decision import Done
from bavn.kernel.identity import FactId, OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.node import mandates
from bavn.node.levelling import ToldConditions
from tests.capabilities.levels.played import (
    AGENCY,
    CHIEF,
    COUNTRY,
    GATES,
    HOSTS,
    LEADER,
    MIDDLE,
    NJB,
    NORTH,
    NVJB,
    OSTBV,
    START,
    Levels,
    Played,
    code_of,
    telling,
)
from tests.lilleland.nodes import NATION, WEST
from tests.runtime.mandates.denmark import CATALOGUE, book

SET, LEAD = "levels.set_level", "levels.lead_strategy"


@pytest.fixture
def played() -> Played:
    return Played()


def lets(basis: str) -> object:
    """A gate that lets everything through, on a basis of its own making."""
    return lambda *_: Allowed(basis=basis)


def test_nobody_says_it_for_another_even_where_the_gate_would_let_him() -> None:
    played = Played(mays={WEST: lets("mandate:set-own-level delegation:d1")})  # type: ignore[dict-item]
    other = Actor(organisation=NJB, function="duty_officer")
    assert code_of(played.sets(NVJB, 4, other)) == "own_word_only"


@pytest.mark.requirement("E7.2")
@pytest.mark.parametrize(
    "basis",
    [
        "mandate:set-own-level",
        "mandate:set-own-level emergency",
        "mandate:set-own-level delegation:d1",
        "mandate:own-response",
        "owner",
        "alarm",
        "alarm_refused",
        "function:duty_officer",
        "",
    ],
)
def test_a_peer_that_lets_its_planner_set_a_level_opens_nothing(basis: str) -> None:
    """The fact is heard, kept and shown; it counts for nothing."""
    played = Played(mays={WEST: lets(basis)})  # type: ignore[dict-item]
    planner = Actor(organisation=OSTBV, function="planner")
    assert isinstance(played.sets(OSTBV, 4, planner), Done)
    assert played.level(OSTBV) == {1}
    (told,) = played.places[NATION].room.told()[OSTBV]
    assert (told.level, told.counts) == (4, False)
    assert played.places[NATION].room.raised({OSTBV: [told]}, played.clock()) == []


@pytest.mark.parametrize(
    "basis", ["mandate:own-response", "mandate:set-own-level emergency", "owner"]
)
def test_the_right_function_on_a_wrong_ground_opens_nothing(basis: str) -> None:
    played = Played(mays={WEST: lets(basis)})  # type: ignore[dict-item]
    assert isinstance(played.sets(OSTBV, 4), Done)
    assert played.level(OSTBV) == {1}


def test_a_level_set_by_a_node_that_plays_by_another_law_counts_there_alone() -> None:
    played = Played(law="today", mays={WEST: mandates.gate(COUNTRY, book(), CATALOGUE, "proposed")})
    assert isinstance(played.sets(OSTBV, 4), Done)
    assert played.level(OSTBV) == {1}


@pytest.mark.requirement("E7.2")
def test_what_one_organisation_tells_of_another_opens_nothing() -> None:
    """A hostile node, under a mandate that is true for its own, tells of the nation's level."""
    parts = {WEST: telling(LevelSet(level=4), "level:brs")}
    played = Played(parts=parts)
    assert isinstance(played.sets(OSTBV, 4), Done)
    assert played.level(AGENCY) == played.level(OSTBV) == {1}
    assert played.may(CHIEF, LEAD, AGENCY) == {False}
    assert played.places[NATION].room.told() == {}


class Lax(Levels):
    """Policies that let everybody say everything."""

    def counts(self, _act: str, _word: object) -> bool:
        """Always."""
        return True


@pytest.mark.parametrize(
    ("organisation", "basis", "counts"),
    [
        (NJB, "mandate:any", True),
        (NORTH, "mandate:any", False),
        (NJB, "mandate:any emergency", False),
        (NJB, "mandate:any delegation:d1", False),
        (NJB, "owner", False),
        (NJB, "", False),
    ],
)
def test_a_level_is_ones_own_word_whatever_policies_say(
    organisation: OrganisationId, basis: str, *, counts: bool
) -> None:
    """No revision of the policies lets a delegation or an emergency set a level."""
    by = Actor(organisation=organisation, function="duty_officer")
    (told,) = Told(Lax(GATES["proposed"]), [level_told(NJB, by, 4, basis)]).told()[NJB]
    assert told.counts == counts


class Told(Room):
    """A room that has been told just this, true or not."""

    def __init__(self, around: Levels, words: list[LevelTold]) -> None:
        super().__init__(None, around)  # type: ignore[arg-type]
        self._words = words

    def told(self) -> dict[OrganisationId, list[LevelTold]]:
        """As it was told."""
        found: dict[OrganisationId, list[LevelTold]] = {}
        for each in self._words:
            found.setdefault(each.owner, []).append(self.judged_level(each))
        return found

    def procedures(self) -> list[Procedure]:
        """None."""
        return []


def level_told(owner: OrganisationId, by: Actor, level: int, basis: str) -> LevelTold:
    """A level as it would be read."""
    return LevelTold(
        fact=FactId(f"fact of {owner}"),
        owner=owner,
        by=by,
        basis=basis,
        at=START,
        level=level,
        reason=None,
        has_text=False,
    )


OWNERS = [*HOSTS, OrganisationId("police"), OrganisationId("nobody")]


BASES = [
    *(f"mandate:{each.id}" for each in book().policies),
    "mandate:set-own-level emergency",
    "mandate:set-own-level delegation:d1",
    "mandate:set-own-level mandate:own-response",
    "mandate:",
    "owner",
    "alarm",
    "alarm_gate_broken",
    "",
]


words = st.builds(
    lambda number, owner, organisation, function, basis, level, minutes: LevelTold(
        fact=FactId(str(number)),
        owner=owner,
        by=Actor(organisation=organisation, function=function),
        basis=basis,
        at=START + timedelta(minutes=minutes),
        # As if whoever told it had said so.
        counts=True,
        level=level,
        reason=None,
        has_text=False,
    ),
    st.integers(0, 9999),
    st.sampled_from(OWNERS),
    st.sampled_from(OWNERS),
    st.sampled_from([*sorted(book().roles), "nobody"]),
    st.one_of(st.just("mandate:set-own-level"), st.sampled_from(BASES)),
    st.integers(2, 4),
    st.integers(-5, 5),
)


@pytest.mark.requirement("E7.2")
@settings(max_examples=150)
@given(st.lists(words, min_size=1, max_size=4), st.sampled_from(["today", "proposed"]))
def test_a_level_set_by_one_who_may_not_set_it_opens_nothing(
    told: list[LevelTold], law: str
) -> None:
    """Any function, organisation, owner, law set and basis, true or forged."""
    gate = GATES[law]
    gate.conditions = None
    right = [
        each
        for each in told
        if law == "proposed"
        and each.by.organisation == each.owner
        and each.at <= START
        and "set-own-level" in named_in(each.basis)
        and isinstance(gate(each.by, SET, Resource(owner=each.owner), each.at), Allowed)
    ]
    around = Levels(gate)
    gate.conditions = conditions = ToldConditions(Told(around, told), gate)
    try:
        for owner in OWNERS:
            covers = around.above(owner, START)
            allowed = {1, *(each.level for each in right if each.owner in covers)}
            assert conditions.level_of(owner, START) in allowed
        opened = isinstance(gate(CHIEF, LEAD, Resource(owner=AGENCY), START), Allowed)
        assert not opened or any(each.owner == AGENCY and each.level >= 3 for each in right)
    finally:
        gate.conditions = None


@pytest.mark.requirement("E7.1")
@settings(max_examples=60)
@given(*(st.integers(1, 4) for _ in range(5)))
def test_the_highest_that_covers_a_place_holds(
    njb: int, north: int, ostbv: int, middle: int, nation: int
) -> None:
    levels = {NJB: njb, NORTH: north, OSTBV: ostbv, MIDDLE: middle, AGENCY: nation}
    gate = GATES["proposed"]
    told = [
        level_told(
            owner,
            Actor(organisation=owner, function=LEADER.get(owner, "duty_officer")),
            level,
            "mandate:set-own-level",
        )
        for owner, level in levels.items()
    ]
    conditions = ToldConditions(Told(Levels(gate), told), gate)
    assert conditions.level_of(NJB, START) == max(njb, north, nation)
    assert conditions.level_of(OSTBV, START) == max(ostbv, middle, nation)
    assert conditions.level_of(NORTH, START) == max(north, nation)
    assert conditions.level_of(AGENCY, START) == nation
    # Other sectors have levels of their own.
    assert conditions.level_of(OrganisationId("police"), START) == 1


def test_one_world_s_level_is_nothing_in_another(played: Played) -> None:
    real = Played(law="today")
    assert isinstance(played.sets(AGENCY, 4), Done)
    assert played.level(AGENCY) == {4}
    assert real.level(AGENCY) == {1}
    assert real.may(CHIEF, LEAD, AGENCY) == {False}
    # Even the same fact, in a world that is judged by the law in force, counts for nothing.
    here = played.places[NATION].room.told()[AGENCY]
    gate = GATES["today"]
    assert ToldConditions(Told(Levels(gate), here), gate).level_of(AGENCY, played.clock()) == 1
