# SPDX-License-Identifier: Apache-2.0
"""Two who write of one thing without hearing each other: nothing is lost, and a person settles."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.scene.model.board import TaskSaid, TaskState
from bavn.capabilities.scene.model.versions import (
    Standing,
    Version,
    carried_on,
    merged,
    standing,
    three_way,
)
from bavn.kernel.identity import OrganisationId

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
RB, PO = OrganisationId("easttown"), OrganisationId("police")


def version(
    fact: str, *based_on: str, state: str = "ordered", struck: bool = False, minute: int = 0
) -> Version:
    return Version(
        fact=fact,
        thing="t1",
        based_on=based_on,
        content=TaskSaid(text_in="a", state=state),
        at=NOW + timedelta(minutes=minute),
        by=RB,
        struck=struck,
    )


@st.composite
def told(draw: st.DrawFn) -> list[Version]:
    """Versions of one thing, each based on some of those before it, or on some never heard of."""
    count = draw(st.integers(min_value=1, max_value=8))
    found: list[Version] = []
    for number in range(count):
        known = [each.fact for each in found] + ["never-heard-of"]
        based_on = draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
        found.append(
            version(
                f"v{number}",
                *based_on,
                state=draw(st.sampled_from(list(TaskState))),
                struck=draw(st.booleans()) and number % 3 == 2,
                minute=draw(st.integers(min_value=0, max_value=5)),
            )
        )
    return found


def stands(some: list[Version]) -> Standing:
    return standing(merged(some).values())


@given(told(), st.randoms(use_true_random=False))
def test_what_stands_does_not_depend_on_what_was_heard_first_or_how_often(
    versions: list[Version], chance: Random
) -> None:
    shuffled = [*versions, *chance.sample(versions, len(versions) // 2)]
    chance.shuffle(shuffled)
    assert stands(shuffled) == stands(versions)


@given(told(), st.integers(min_value=0, max_value=8), st.integers(min_value=0, max_value=8))
def test_merging_is_commutative_associative_and_idempotent(
    versions: list[Version], one: int, other: int
) -> None:
    parts = [versions[:one], versions[one:other], versions[other:], versions[: other // 2]]
    a, b, c = (merged(each) for each in parts[:3])
    assert merged(a.values(), b.values()) == merged(b.values(), a.values())
    ab, bc = merged(a.values(), b.values()), merged(b.values(), c.values())
    assert merged(ab.values(), c.values()) == merged(a.values(), bc.values())
    assert merged(ab.values(), ab.values()) == ab
    whole = reduce(lambda x, y: merged(x.values(), y), parts, merged(versions))
    assert standing(whole.values()) == stands(versions)


@given(told())
def test_nothing_is_lost_what_is_not_struck_stands_or_somebody_went_on_from_it(
    versions: list[Version],
) -> None:
    known = merged(versions)
    found = standing(versions)
    alive = {each.fact for each in versions if not each.struck}
    assert set(found.facts) <= alive
    assert bool(found.facts) == bool(alive)
    reached = set(found.facts)
    waiting = list(found.facts)
    while waiting:
        for each in known[waiting.pop()].based_on:
            if each in known and each not in reached:
                reached.add(each)
                waiting.append(each)
    assert alive <= reached


@given(told())
def test_a_version_based_on_all_that_stands_settles_it(versions: list[Version]) -> None:
    before = standing(versions)
    third = version("w", *before.facts, state="given_up", minute=9)
    found = standing([*versions, third])
    assert found.is_settled
    assert found.facts == ("w",)


@given(told(), st.randoms(use_true_random=False))
def test_a_strike_that_one_has_heard_counts_for_all(
    versions: list[Version], chance: Random
) -> None:
    hit = chance.choice(versions)
    struck = msgspec.structs.replace(hit, struck=True)
    assert stands([*versions, struck]) == stands([struck, *versions])
    assert hit.fact not in stands([*versions, struck]).facts


@pytest.mark.requirement("E5.3")
def test_two_that_did_not_hear_each_other_both_stand_until_one_is_based_on_both() -> None:
    first = version("a")
    mine, yours = version("b", "a", state="done", minute=2), version("c", "a", minute=1)
    both = standing([first, mine, yours])
    assert [each.fact for each in both.versions] == ["c", "b"]
    assert not both.is_settled
    chosen = version("d", *both.facts, state="done", minute=3)
    assert standing([chosen, yours, first, mine]).facts == ("d",)


def test_two_that_say_the_same_are_one_and_the_next_is_based_on_both() -> None:
    found = standing(
        [version("a"), version("b", "a", state="done"), version("c", "a", state="done")]
    )
    assert found.is_settled
    assert found.facts == ("b", "c")


def test_who_went_on_from_a_struck_version_has_seen_what_it_had_seen() -> None:
    first, wrong = version("a"), version("b", "a", state="done", struck=True)
    assert standing([first, wrong]).facts == ("a",)
    assert standing([first, wrong, version("c", "b", state="begun")]).facts == ("c",)


def test_two_that_name_each_other_are_both_shown() -> None:
    found = standing([version("a", "b", state="done"), version("b", "a")])
    assert found.facts == ("a", "b")
    assert not found.is_settled


@given(told(), st.data())
def test_who_wrote_before_has_seen_its_own_whether_or_not_it_came_back(
    versions: list[Version], data: st.DataObject
) -> None:
    numbered = [msgspec.structs.replace(each, ref=f"k-{each.fact}") for each in versions]
    refs = [each.ref for each in numbered if not each.struck]
    after = data.draw(st.lists(st.sampled_from(refs), unique=True)) if refs else []
    seen = data.draw(st.sampled_from(versions)).fact
    carried = carried_on([seen], [*after, "never-sent"], numbered)
    own = {each.fact for each in numbered if each.ref in after}
    mine = version("w", *carried.based_on, state="given_up", minute=9)
    left = standing([*numbered, mine]).facts
    assert "w" in left
    assert own.isdisjoint(left)
    # And nothing that was not seen gives way.
    behind = {seen, *own}
    waiting = list(behind)
    while waiting:
        for each in merged(numbered).get(waiting.pop(), mine).based_on:
            if each not in behind:
                behind.add(each)
                waiting.append(each)
    assert set(standing(numbered).facts) - behind <= set(left)


def test_a_form_that_was_filled_before_changes_what_it_changed_and_nothing_else() -> None:
    base = TaskSaid(text_in="a", state="ordered", sector="n")
    last = TaskSaid(text_in="b", state="ordered", sector="s", urgent=True)
    tapped = TaskSaid(text_in="a", state="begun", sector="n")
    assert three_way(tapped, base, last) == TaskSaid(
        text_in="b", state="begun", sector="s", urgent=True
    )
    assert three_way(tapped, None, last) == tapped
    assert three_way(tapped, base, None) == tapped
