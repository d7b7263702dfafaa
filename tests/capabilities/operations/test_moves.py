# SPDX-License-Identifier: Apache-2.0
"""The moves of a unit: the table as a whole, and the folds that follow from it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.operations.capability import OPERATIONS, room
from bavn.capabilities.operations.decisions import SetUnitStatus, set_status
from bavn.capabilities.operations.facts import UnitStatusChanged
from bavn.capabilities.operations.model.unit import (
    CLOCK_AHEAD_LIMIT,
    MOVES,
    ON_TASK,
    UnitFlag,
    UnitStatus,
    happened_at,
    is_expected,
    status_in,
)
from bavn.capabilities.operations.views import UNIT_PICTURE
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Context, Done, Request
from bavn.journal.reader import NOBODY
from bavn.journal.strike import StrikeFact
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import Actor
from bavn.node.country import tellers_of
from bavn.runtime.countries import built_in
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Clock, Node, Settings

NOW = datetime(2027, 1, 1, tzinfo=UTC)
ACTOR = Actor(organisation=EASTTOWN, function="control_room")
# Written out by hand from how a turn-out goes, not from the table.
EXPECTED = """
             available on_radio alerted en_route at_scene returning not_ready
available    same      yes      yes     no       no       no        yes
on_radio     yes       same     yes     no       no       yes       yes
alerted      yes       yes      same    yes      no       no        yes
en_route     no        yes      yes     same     yes      yes       yes
at_scene     no        yes      no      no       same     yes       yes
returning    yes       yes      yes     no       no       same      yes
not_ready    yes       no       no      no       no       no        same
"""


def expected() -> list[tuple[UnitStatus, UnitStatus, bool]]:
    head, *lines = EXPECTED.strip().splitlines()
    found = []
    for line in lines:
        before, *words = line.split()
        for after, word in zip(head.split(), words, strict=True):
            found.append((UnitStatus(before), UnitStatus(after), word != "no"))
    return found


@pytest.mark.parametrize(("before", "after", "holds"), expected())
def test_each_pair_of_statuses_is_expected_or_not(
    before: UnitStatus, after: UnitStatus, holds: bool
) -> None:
    assert is_expected(before, after) == holds


def test_the_table_has_every_status_and_a_way_out_of_each() -> None:
    assert set(MOVES) == set(UnitStatus)
    assert len(expected()) == len(UnitStatus) ** 2
    assert all(MOVES.values())


def test_a_units_first_word_is_expected_whatever_it_is() -> None:
    assert all(is_expected(None, status) for status in UnitStatus)


@pytest.mark.parametrize(
    ("ahead_s", "told_ahead_s", "is_ahead"),
    [(-5, -5, False), (0, 0, False), (60, 0, False), (61, 0, True)],
)
def test_a_word_of_the_future_is_told_now(ahead_s: int, told_ahead_s: int, is_ahead: bool) -> None:
    at, was_ahead = happened_at(NOW + timedelta(seconds=ahead_s), NOW)
    assert (at, was_ahead) == (NOW + timedelta(seconds=told_ahead_s), is_ahead)
    assert timedelta(seconds=60) == CLOCK_AHEAD_LIMIT


words = st.tuples(
    st.sampled_from(UnitStatus), st.integers(min_value=-600, max_value=0), st.booleans()
)


@given(st.lists(words, min_size=1, max_size=8))
def test_the_board_shows_the_newest_word_that_was_not_struck(
    said: list[tuple[UnitStatus, int, bool]],
) -> None:
    parts = catalogue_of([OPERATIONS.part])
    clock = Clock()
    here, there = (
        Node(name, settings=Settings(catalogue=parts, clock=clock)) for name in (EAST, NATION)
    )
    try:
        told: list[tuple[datetime, UnitStatus]] = []
        for status, ago_s, is_struck in said:
            clock.forward(seconds=1)
            at = clock() + timedelta(seconds=ago_s)
            content = SetUnitStatus(unit="u1", area=EASTERN, status=status, incident="i1", at=at)
            done = here.ask(Request(owner=EASTTOWN, actor=ACTOR, content=content))
            assert isinstance(done, Done)
            if is_struck:
                here.done(
                    Request(owner=EASTTOWN, actor=ACTOR, content=StrikeFact(fact=done.facts[0]))
                )
            else:
                told.append((at, status))
        there.hear(here)
        rows = here.journal.query.rows(NOBODY, UNIT_PICTURE)
        assert there.journal.query.rows(NOBODY, UNIT_PICTURE) == rows
        if not told:
            assert rows == []
            return
        # Of two words of one instant, the later told stands.
        at, status = max(told, key=lambda each: each[0])
        at, status = [each for each in told if each[0] == at][-1]
        (row,) = rows
        assert (row["status_at_ms"], row["status"]) == (ms_of(at), status)
        assert status_in(row["status"]) is status
        assert (row["incident"] is not None) == (status in ON_TASK)
    finally:
        here.close()
        there.close()


@pytest.mark.parametrize("status", UnitStatus)
def test_who_usually_says_a_status_is_a_table_and_another_is_flagged_and_heard(
    status: UnitStatus,
) -> None:
    tellers = tellers_of("denmark")
    assert set(tellers) == set(UnitStatus)
    own = room(tellers=tellers)
    known = {each.code for each in built_in("denmark").functions}
    assert tellers[status] <= known
    # Whoever the unit's own system is, and nobody who only reads.
    assert own.is_usual("system", status)
    assert not own.is_usual("inspector", status)
    for usual in (True, False):
        request = SetUnitStatus(unit="u1", area=EASTERN, status=status, usual=usual)
        context = Context(
            owner=EASTTOWN, actor=ACTOR, basis="owner", now=NOW, new_id=lambda: "0199"
        )
        (draft,) = set_status(None, request, context)
        assert isinstance(draft.body, UnitStatusChanged)
        assert draft.body.flags == ([] if usual else [UnitFlag.UNUSUAL_TELLER])


def test_where_no_table_says_who_everybody_may() -> None:
    assert room().is_usual("anybody", UnitStatus.AT_SCENE)
