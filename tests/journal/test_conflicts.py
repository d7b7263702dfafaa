# SPDX-License-Identifier: Apache-2.0
"""What two have told of one thing, neither knowing of the other: the laws of finding it."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.journal.conflicts import Conflict, TakenOver, Told, conflict_of
from bavn.journal.fact import Fact
from bavn.journal.roster import Roster, roster_of
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject, World
from bavn.kernel.instants import instant_of
from bavn.kernel.mandate import Actor

OLD, FIRST, SECOND = map(NodeId, ("old", "first", "second"))
OWNER, SUBJECT = OrganisationId("town"), Subject("incident:one")
NOBODY = roster_of([], [])
# Of the old host's channel, all up to this tick had come to who took over.
HEARD_MS = 10


def channel(node: NodeId) -> str:
    return f"{node}/1/nation"


def told(
    number: int,
    node: NodeId,
    epoch: int,
    at_ms: int,
    *,
    strikes: int | None = None,
    weighs: Sequence[int] = (),
) -> Told:
    fact = Fact(
        id=_id(number),
        world=World("w"),
        node=node,
        incarnation=1,
        owner=OWNER,
        epoch=epoch,
        kind="operations.incident_corrected",
        version=1,
        about=(SUBJECT,),
        by=Actor(organisation=OWNER, function="watch"),
        basis="owner",
        happened_at=instant_of(at_ms),
        recorded_at=Tick(at_ms, number).text(),
        body=msgspec.Raw(b"{}"),
    )
    return Told(
        fact,
        Tick(at_ms, number),
        {channel(node): Tick(at_ms, number)},
        None if strikes is None else _id(strikes),
        tuple(map(_id, weighs)),
    )


def _id(number: int) -> FactId:
    return FactId(f"fact {number}")


def taken(node: NodeId, epoch: int = 2, knew_ms: int = HEARD_MS) -> TakenOver:
    return TakenOver(OWNER, node, epoch, {channel(OLD): Tick(knew_ms, 2**16 - 1)})


def found(
    facts: Sequence[Told], grants: Sequence[TakenOver], roster: Roster = NOBODY
) -> Conflict | None:
    return conflict_of(OWNER, SUBJECT, facts, grants, roster)


def settled(node: NodeId, epoch: int = 2) -> Roster:
    return Roster({}, frozenset(), settled={(OWNER, epoch): node})


EARLY = told(1, OLD, 1, 5)
LATE = told(2, OLD, 1, 20)
NEW = told(3, FIRST, 2, 15)
RIVAL = told(4, SECOND, 2, 16)


def test_what_was_known_at_the_take_over_is_no_conflict() -> None:
    assert found([EARLY, NEW], [taken(FIRST)]) is None


def test_what_only_one_has_touched_is_no_conflict() -> None:
    assert found([EARLY, LATE], [taken(FIRST)]) is None
    assert found([EARLY, NEW], [taken(FIRST)]) is None


def test_what_both_touched_is_and_names_both_and_nothing_that_was_known() -> None:
    conflict = found([EARLY, LATE, NEW], [taken(FIRST)])
    assert conflict is not None
    assert [(each.node, each.epoch) for each in conflict.courses] == [(OLD, 1), (FIRST, 2)]
    assert set(conflict.weighed) == {_id(2), _id(3)}


def test_without_a_take_over_there_is_none() -> None:
    assert found([EARLY, LATE, NEW], []) is None


def test_three_parties_are_three_courses() -> None:
    conflict = found([LATE, NEW, RIVAL], [taken(FIRST), taken(SECOND)])
    assert conflict is not None
    assert [each.node for each in conflict.courses] == [OLD, FIRST, SECOND]


def test_two_rivals_are_a_conflict_without_the_old_host() -> None:
    conflict = found([NEW, RIVAL], [taken(FIRST), taken(SECOND)])
    assert conflict is not None
    assert [each.node for each in conflict.courses] == [FIRST, SECOND]


def test_a_settlement_ends_it_and_what_it_did_not_weigh_is_a_conflict_anew() -> None:
    verdict = told(9, FIRST, 2, 30, weighs=(2, 3))
    assert found([LATE, NEW, verdict], [taken(FIRST)]) is None
    # Who goes on after the settlement knew of it.
    after = told(10, FIRST, 2, 40)
    assert found([LATE, NEW, verdict, after], [taken(FIRST)]) is None
    still_cut = told(11, OLD, 1, 50)
    assert found([LATE, NEW, verdict, still_cut], [taken(FIRST)]) is not None


def test_after_a_claim_was_settled_who_holds_it_goes_on_without_a_conflict() -> None:
    verdict = told(9, FIRST, 2, 30, weighs=(3, 4))
    after = told(10, FIRST, 2, 40)
    grants = [taken(FIRST), taken(SECOND)]
    assert found([NEW, RIVAL, verdict, after], grants, settled(FIRST)) is None
    unheard = told(11, SECOND, 2, 50)
    assert found([NEW, RIVAL, verdict, after, unheard], grants, settled(FIRST)) is not None


def test_what_its_own_teller_struck_is_not_to_be_weighed() -> None:
    strike = told(5, OLD, 1, 25, strikes=2)
    assert found([LATE, strike, NEW], [taken(FIRST)]) is None
    unstrike = told(6, OLD, 1, 26, strikes=5)
    assert found([LATE, strike, unstrike, NEW], [taken(FIRST)]) is not None


def test_a_later_take_over_weighs_what_it_did_not_know_itself() -> None:
    later = told(7, SECOND, 3, 60)
    knew_all = TakenOver(OWNER, SECOND, 3, {channel(OLD): Tick(99, 0), channel(FIRST): Tick(99, 0)})
    assert found([LATE, later], [taken(FIRST), knew_all]) is None
    knew_one = TakenOver(OWNER, SECOND, 3, {channel(FIRST): Tick(99, 0)})
    assert found([LATE, later], [taken(FIRST), knew_one]) is not None


# The laws

NODES = (OLD, FIRST, SECOND)


@dataclass(frozen=True)
class Course:
    """What some have told, in the order in which it happened."""

    facts: tuple[Told, ...]
    grants: tuple[TakenOver, ...]
    roster: Roster


@st.composite
def courses(draw: st.DrawFn) -> Course:
    facts: list[Told] = []
    for number in range(draw(st.integers(0, 12))):
        node = draw(st.sampled_from(NODES))
        epoch = 1 if node == OLD else draw(st.sampled_from((2, 3)))
        strikes = draw(st.none() | st.integers(0, 12))
        weighs = draw(st.lists(st.integers(0, 12), max_size=4))
        sort = draw(st.sampled_from(("says", "says", "says", "strikes", "weighs")))
        facts.append(
            told(
                number,
                node,
                epoch,
                draw(st.integers(1, 40)),
                strikes=strikes if sort == "strikes" else None,
                weighs=weighs if sort == "weighs" else (),
            )
        )
    grants = draw(
        st.lists(
            st.builds(
                taken,
                st.sampled_from((FIRST, SECOND)),
                st.sampled_from((2, 3)),
                st.integers(0, 40),
            ),
            max_size=4,
        )
    )
    roster = draw(st.sampled_from((NOBODY, settled(FIRST), settled(SECOND, 3))))
    return Course(tuple(facts), tuple(grants), roster)


@pytest.mark.requirement("E5.6")
@given(courses(), st.randoms(use_true_random=False))
def test_whoever_holds_the_same_finds_the_same_in_whatever_order_he_heard(
    course: Course, chance: object
) -> None:
    expected = found(course.facts, course.grants, course.roster)
    facts, grants = list(course.facts), list(course.grants)
    chance.shuffle(facts)  # type: ignore[attr-defined]
    chance.shuffle(grants)  # type: ignore[attr-defined]
    assert found(facts, grants, course.roster) == expected


@given(courses())
def test_heard_twice_is_heard_once(course: Course) -> None:
    once = found(course.facts, course.grants, course.roster)
    assert found(course.facts, course.grants * 2, course.roster) == once


@given(courses())
def test_weighing_all_of_a_conflict_settles_it(course: Course) -> None:
    conflict = found(course.facts, course.grants, course.roster)
    if conflict is None:
        return
    numbers = [int(each.removeprefix("fact ")) for each in conflict.weighed]
    verdict = told(99, FIRST, 9, 99, weighs=numbers)
    assert found([*course.facts, verdict], course.grants, course.roster) is None


@given(courses())
def test_a_conflict_has_two_courses_at_least_and_each_fact_once(course: Course) -> None:
    conflict = found(course.facts, course.grants, course.roster)
    if conflict is None:
        return
    assert len(conflict.courses) > 1
    assert all(each.facts for each in conflict.courses)
    assert len(set(conflict.weighed)) == len(conflict.weighed)
    for each in conflict.courses:
        assert {(fact.node, fact.epoch) for fact in each.facts} == {(each.node, each.epoch)}
