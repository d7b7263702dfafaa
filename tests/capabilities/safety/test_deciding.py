# SPDX-License-Identifier: Apache-2.0
"""What is told of teams and of a roll call: every refusal, and what is taken all the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.safety import decisions
from bavn.capabilities.safety.decisions import EndMayday, EnterTeam, Flag, TellMayday, TellTeam
from bavn.capabilities.safety.decisions.rolls import (
    CallRoll,
    CloseRoll,
    Count,
    call_roll,
    close_roll,
)
from bavn.capabilities.safety.facts import (
    ContactMade,
    MaydayEnded,
    MaydayTold,
    OfTeam,
    PressureTold,
    RollCalled,
    RollClosed,
    TeamEntered,
    TeamOut,
    TeamTurned,
    UnitCounted,
    UnitExpected,
)
from bavn.capabilities.safety.model.air import Cylinder
from bavn.capabilities.safety.model.roll import RollSort, RollWord, roll_now
from bavn.capabilities.safety.model.teams import Step, StepSort
from bavn.frame.written import KEPT_LONGEST
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import EASTERN, EASTTOWN, WESTTOWN

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
ONE = Cylinder(litres=6.8, working_bar=300, reserve_bar=60, use_l_min=60)
CONTEXT = Context(
    owner=EASTTOWN,
    actor=Actor(organisation=EASTTOWN, function="incident_commander"),
    basis="owner",
    now=NOW,
    new_id=lambda: "made",
)
AT: dict[str, Any] = {"incident": "i1", "to": (EASTERN, WESTTOWN, EASTTOWN)}


def step(sort: StepSort, minutes: float = 0, team: str = "t1", **more: Any) -> Step:
    at_ms = ms_of(NOW - timedelta(minutes=30)) + int(minutes * 60_000)
    return Step(step=f"{team}{sort}{minutes}", team=team, sort=sort, at_ms=at_ms, **more)


def entered(**more: Any) -> Step:
    given: dict[str, Any] = {"callsign": "RD 1", "count": 2, "bar": 300, "cylinder": ONE}
    return step(StepSort.ENTERED, **{**given, **more})


def enter(**more: Any) -> EnterTeam:
    given: dict[str, Any] = {"callsign": "RD 1", "count": 2, "bar": 300, "cylinder": "k68"}
    return EnterTeam(**AT, figures=ONE, **{**given, **more})


def only(answer: Sequence[Draft] | Refused) -> Draft:
    assert not isinstance(answer, Refused), answer
    (draft,) = answer
    assert draft.about == ("incident:i1",)
    return draft


def said(answer: Sequence[Draft] | Refused) -> OfTeam:
    body = only(answer).body
    assert isinstance(body, OfTeam)
    return body


def refused(answer: Sequence[Draft] | Refused) -> str:
    assert isinstance(answer, Refused)
    assert answer.try_instead
    return answer.code


def test_a_team_goes_in_with_the_figures_it_is_counted_by() -> None:
    draft = only(decisions.enter([], enter(callsign="  RD   1 "), CONTEXT))
    assert draft.to == (EASTERN, WESTTOWN)
    assert draft.body == TeamEntered(
        team="made",
        callsign="RD 1",
        count=2,
        pressure_bar=300,
        cylinder="k68",
        litres=6.8,
        working_bar=300,
        reserve_bar=60,
        use_l_min=60,
    )


def test_who_is_alone_at_an_incident_writes_for_itself() -> None:
    alone = msgspec.structs.replace(enter(), to=())
    assert only(decisions.enter([], alone, CONTEXT)).to == (EASTTOWN,)


@pytest.mark.parametrize(
    ("steps", "request_", "code", "flag"),
    [
        ([], enter(callsign="  "), "team_unnamed", None),
        ([entered()], enter(callsign="rd 1"), "team_inside", Flag.INSIDE_ALREADY),
        ([entered()], enter(callsign="X", team="t1"), "team_inside", Flag.INSIDE_ALREADY),
        ([], enter(bar=331), "pressure_beyond", Flag.BEYOND_CYLINDER),
        ([], enter(bar=60), "pressure_low", Flag.BELOW_RESERVE),
    ],
)
def test_what_cannot_be_is_asked_about_and_taken_from_a_device_that_counts_by_it(
    steps: list[Step], request_: EnterTeam, code: str, flag: Flag | None
) -> None:
    assert refused(decisions.enter(steps, request_, CONTEXT)) == code
    kept = msgspec.structs.replace(request_, kept=True)
    assert said(decisions.enter(steps, kept, CONTEXT)).flags == (() if flag is None else (flag,))


def test_who_is_out_may_go_in_again() -> None:
    steps = [entered(), step(StepSort.OUT, 10)]
    assert said(decisions.enter(steps, enter(), CONTEXT)).flags == ()
    assert said(decisions.enter([], enter(bar=330), CONTEXT)).flags == ()
    unknown = enter(cylinder_known=False)
    assert said(decisions.enter([], unknown, CONTEXT)).flags == (Flag.CYLINDER_UNKNOWN,)


@pytest.mark.parametrize(
    ("sort", "body"),
    [
        (StepSort.CONTACT, ContactMade),
        (StepSort.TURNED, TeamTurned),
        (StepSort.OUT, TeamOut),
        (StepSort.PRESSURE, PressureTold),
    ],
)
def test_each_word_is_a_fact_of_its_own(sort: StepSort, body: type[OfTeam]) -> None:
    request = TellTeam(**AT, team="t1", sort=sort, bar=200 if sort is StepSort.PRESSURE else None)
    found = said(decisions.tell([entered()], request, CONTEXT))
    assert type(found) is body
    assert (found.callsign, found.flags) == ("RD 1", ())
    # Of a team that nobody told in: a life may hang on it, so it is taken, and says so.
    assert said(decisions.tell([], request, CONTEXT)).flags == (Flag.NOT_ENTERED,)


def test_a_pressure_that_rose_is_asked_about_unless_the_one_before_was_wrong() -> None:
    steps = [entered(), step(StepSort.PRESSURE, 5, bar=200)]
    rose = TellTeam(**AT, team="t1", sort=StepSort.PRESSURE, bar=210)
    assert refused(decisions.tell(steps, rose, CONTEXT)) == "pressure_rose"
    kept = msgspec.structs.replace(rose, kept=True)
    assert said(decisions.tell(steps, kept, CONTEXT)).flags == (Flag.PRESSURE_ROSE,)
    right = msgspec.structs.replace(rose, corrects=True)
    assert said(decisions.tell(steps, right, CONTEXT)).flags == ()
    beyond = msgspec.structs.replace(rose, bar=400, corrects=True)
    assert refused(decisions.tell(steps, beyond, CONTEXT)) == "pressure_beyond"
    taken = msgspec.structs.replace(beyond, kept=True)
    assert said(decisions.tell(steps, taken, CONTEXT)).flags == (Flag.BEYOND_CYLINDER,)


def test_out_twice_says_so() -> None:
    out = TellTeam(**AT, team="t1", sort=StepSort.OUT)
    steps = [entered(), step(StepSort.OUT, 10)]
    assert said(decisions.tell(steps, out, CONTEXT)).flags == (Flag.OUT_ALREADY,)


@pytest.mark.parametrize(
    ("at", "stands_at"),
    [
        (None, NOW),
        (NOW - timedelta(minutes=20), NOW - timedelta(minutes=20)),
        (NOW + timedelta(hours=1), NOW),
        (NOW - KEPT_LONGEST - timedelta(seconds=1), NOW),
    ],
)
def test_what_waited_on_a_device_stands_at_its_own_time(
    at: datetime | None, stands_at: datetime
) -> None:
    request = TellTeam(**AT, team="t1", sort=StepSort.CONTACT, at=at)
    assert only(decisions.tell([entered()], request, CONTEXT)).happened_at == stands_at


@given(st.text("tæ1 ", max_size=64), st.text("RD 1", max_size=32), st.booleans())
def test_a_mayday_is_never_refused(team: str, callsign: str, is_known: bool) -> None:
    steps = [entered(team=team)] if is_known and team else []
    found = said(decisions.mayday(steps, TellMayday(**AT, team=team, callsign=callsign), CONTEXT))
    assert isinstance(found, MaydayTold)
    assert found.team
    assert (Flag.NOT_ENTERED in found.flags) == (not steps)


def test_a_mayday_that_nobody_told_is_not_over() -> None:
    over = EndMayday(**AT, team="t1")
    assert refused(decisions.end_mayday([entered()], over, CONTEXT)) == "no_mayday"
    kept = msgspec.structs.replace(over, kept=True)
    for steps, request in (([entered()], kept), ([step(StepSort.MAYDAY, 1)], over)):
        assert isinstance(said(decisions.end_mayday(steps, request, CONTEXT)), MaydayEnded)


# The roll call


def word(sort: RollSort, minutes: int, unit: str = "", **more: Any) -> RollWord:
    return RollWord(
        fact=more.pop("fact", f"{sort}{minutes}{unit}"),
        sort=sort,
        at=NOW - timedelta(minutes=30 - minutes),
        by=OrganisationId("easttown"),
        unit=unit,
        callsign=unit.upper(),
        **more,
    )


CALLED = [
    word(RollSort.CALLED, 0, fact="c"),
    word(RollSort.EXPECTED, 0, "u1", fact="c", expected=6),
    word(RollSort.EXPECTED, 0, "u2", fact="c", expected=4),
]


def test_a_roll_call_begins_with_whom_it_expects_and_what_was_counted() -> None:
    units = (UnitExpected(unit="u1", callsign="U1", expected=6),)
    counts = (Count(unit="u1", callsign="U1", present=4, inside=2, expected=6),)
    drafts = call_roll([], CallRoll(**AT, units=units, counts=counts), CONTEXT)
    assert not isinstance(drafts, Refused)
    assert [type(each.body) for each in drafts] == [RollCalled, UnitCounted]
    more = call_roll(CALLED, CallRoll(**AT, units=units, counts=counts), CONTEXT)
    assert not isinstance(more, Refused)
    assert [type(each.body) for each in more] == [UnitCounted]
    anew = call_roll(CALLED, CallRoll(**AT, starts=True), CONTEXT)
    assert isinstance(only(anew).body, RollCalled)
    assert refused(call_roll(CALLED, CallRoll(**AT), CONTEXT)) == "roll_empty"


def test_it_ends_by_a_person_who_says_why_somebody_is_missing() -> None:
    close = CloseRoll(**AT)
    assert refused(close_roll([], close, CONTEXT)) == "roll_none"
    assert refused(close_roll(CALLED, close, CONTEXT)) == "roll_unexplained"
    counted = [
        *CALLED,
        word(RollSort.COUNTED, 5, "u1", present=3, inside=2, expected=6),
        word(RollSort.COUNTED, 6, "u2", present=4, expected=4),
    ]
    blank = CloseRoll(**AT, reason=Private("  "))
    assert refused(close_roll(counted, blank, CONTEXT)) == "roll_unexplained"
    draft = only(close_roll(counted, CloseRoll(**AT, reason=Private("CANARY")), CONTEXT))
    assert draft.body == RollClosed(missing=1, uncounted=0)
    assert set(draft.seal) == {"reason"}
    whole = [*counted, word(RollSort.COUNTED, 7, "u1", present=4, inside=2, expected=6)]
    assert only(close_roll(whole, close, CONTEXT)).body == RollClosed()
    closed = [*whole, word(RollSort.CLOSED, 8)]
    assert refused(close_roll(closed, close, CONTEXT)) == "roll_none"


def test_who_is_missing_stands_first_and_since_when() -> None:
    roll = roll_now([*CALLED, word(RollSort.COUNTED, 5, "u2", present=3, expected=4)])
    assert roll is not None
    first, second = roll.units
    assert (first.unit, first.found, first.missing, first.at) == (
        "u2",
        3,
        1,
        NOW - timedelta(minutes=25),
    )
    assert (second.unit, second.at, second.missing) == ("u1", None, 0)
    assert (roll.missing, len(roll.uncounted), roll.is_whole) == (1, 1, False)


def test_a_unit_of_unknown_strength_is_counted_and_misses_nobody() -> None:
    roll = roll_now([CALLED[0], word(RollSort.COUNTED, 5, "u9", present=3)])
    assert roll is not None
    assert roll.is_whole
    assert roll_now([word(RollSort.COUNTED, 5, "u9", present=3)]) is None


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_was_told_at_one_instant_begins_with_the_call(order: tuple[int, ...]) -> None:
    # As one letter does that begins and counts.
    told = [
        word(RollSort.CALLED, 0, fact="z"),
        word(RollSort.EXPECTED, 0, "u1", fact="z", expected=6),
        word(RollSort.COUNTED, 0, "u1", fact="a", present=5, expected=6),
        word(RollSort.CLOSED, 0, fact="b"),
    ]
    roll = roll_now([told[place] for place in order])
    assert roll is not None
    assert (roll.missing, roll.is_open, len(roll.units)) == (1, False, 1)


words = st.lists(
    st.builds(
        lambda sort, minutes, unit, present, expected: word(
            sort,
            minutes,
            "" if sort in {RollSort.CALLED, RollSort.CLOSED} else unit,
            present=present,
            expected=expected,
        ),
        st.sampled_from(list(RollSort)),
        st.integers(min_value=0, max_value=5),
        st.sampled_from(["u1", "u2"]),
        st.integers(min_value=0, max_value=6),
        st.none() | st.integers(min_value=0, max_value=6),
    ),
    max_size=8,
    unique_by=lambda each: (each.fact, each.unit),
)


@given(words, st.randoms(use_true_random=False))
def test_a_roll_call_is_the_same_in_whatever_order_it_was_heard(
    told: list[RollWord], chance: Any
) -> None:
    again = [*told, *told[:3]]
    chance.shuffle(again)
    roll = roll_now(again)
    assert roll == roll_now(told)
    assert (roll is None) == all(each.sort is not RollSort.CALLED for each in told)
    if roll is not None:
        assert roll.called_at == max(each.at for each in told if each.sort is RollSort.CALLED)
        assert all(each.at is None or each.at >= roll.called_at for each in roll.units)
