# SPDX-License-Identifier: Apache-2.0
"""Drafts are pure functions of the facts, and say what no fact says."""

from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.capabilities.operations.facts import IncidentCorrected
from bavn.capabilities.reports.facts import BillLine, Rate
from bavn.capabilities.reports.model.bill import (
    Helped,
    Tariff,
    amount_of,
    lines_of,
    sum_of,
    tariff_on,
)
from bavn.capabilities.reports.model.report import Found, drafted, known
from bavn.capabilities.reports.model.told import Told
from bavn.node.reporting import fields_of
from tests.capabilities.reports.papers import (
    ALARM,
    CLOSED,
    CREWS,
    FIRE,
    OURS,
    RETYPED,
    THEIRS,
    measure,
    says,
    told,
)

CODES = tuple(each.code for each in fields_of("denmark"))
HOUR = Tariff(valid_from=date(2027, 1, 1), begun_min=30, rates=(Rate(type="ASP", hour=100_000),))


def draft(told: tuple[Told, ...] | list[Told] = FIRE) -> dict[str, Found]:
    whole = known(told, measure, CREWS)
    return {code: drafted(code, whole) for code in CODES}


def lines(told: tuple[Told, ...] | list[Told] = FIRE, **helped: object) -> tuple[BillLine, ...]:
    who = Helped(**{"helper": THEIRS, "tariff": HOUR, **helped})  # type: ignore[arg-type]
    return lines_of(told, measure, who, lambda _unit: "ASP")


def test_the_draft_says_what_was_told_and_from_which_facts() -> None:
    found = draft()
    assert {code: each.value for code, each in found.items() if each.value} == {
        "reported_at": "2027-03-01T22:00:00Z",
        "how": "coded",
        "first_type": "BR-ABA",
        "type": "BR-GRD",
        "municipality": "0851",
        "ordered_at": "2027-03-01T22:01:00Z",
        "arrived_at": "2027-03-01T22:10:00Z",
        "home_at": "2027-03-01T23:30:00Z",
        "closed_at": "2027-03-01T23:35:00Z",
        "outcome": "blind_automatic",
        "units": "2",
        "crew": "8",
        "leaders": "isl-rb=ISL 1",
        "help": "west=coming",
    }
    assert found["type"].sources == (RETYPED.id,)
    assert found["crew"].sources == ("c1", "c2"), "who was aboard then, not who is now"
    assert all(each.sources for each in found.values() if each.value)


def test_what_no_fact_says_is_asked_and_what_is_sealed_stays_so() -> None:
    found = draft()
    for code in ("saved", "injured", "evacuated", "tasks", "substances"):
        assert found[code] == Found(missing="asked")
    assert (found["address"].value, found["address"].missing) == ("", "sealed")
    empty = draft(())
    assert all(each.missing for code, each in empty.items() if code != "units")


def test_a_crew_that_is_silent_makes_no_smaller_number() -> None:
    silent = known(FIRE, measure, [each for each in CREWS if each.unit != "w-1"])
    assert drafted("crew", silent).missing == "crew_silent"


def test_while_a_unit_is_out_nobody_says_when_the_last_was_free() -> None:
    out = [each for each in FIRE if each.id != says(90, "e-1", "available").id]
    assert draft(out)["home_at"].missing == "not_home"


@settings(max_examples=30, deadline=None)
@given(st.permutations(FIRE))
def test_the_order_of_facts_makes_no_difference(told: list[Told]) -> None:
    assert draft(told) == draft()
    assert lines(told) == lines()


@pytest.mark.parametrize(
    ("struck", "field", "left"),
    [(RETYPED, "type", "BR-ABA"), (CLOSED, "outcome", ""), (ALARM, "how", "typed")],
)
def test_what_is_struck_is_not_in_the_draft(struck: Told, field: str, left: str) -> None:
    found = draft([each for each in FIRE if each != struck])
    assert found[field].value == left
    assert all(struck.id not in each.sources for each in found.values())


def test_a_bill_has_the_helpers_units_and_the_minutes_between_leaving_and_being_free() -> None:
    (line,) = lines()
    assert (line.unit, line.line, line.minutes) == ("w-1", "w-1/1", 71)
    # 71 minutes are three begun half hours.
    assert line.amount == 150_000
    called = next(each.id for each in FIRE if "HelpAnswered" in each.id)
    assert called in line.from_facts
    assert [each.unit for each in lines(helper=OURS)] == ["e-1"]


@pytest.mark.parametrize(
    ("tariff", "missing"),
    [
        (None, "no_tariff"),
        (
            Tariff(valid_from=HOUR.valid_from, begun_min=1, rates=(Rate(type="X", hour=1),)),
            "no_rate",
        ),
    ],
)
def test_no_amount_is_invented(tariff: Tariff | None, missing: str) -> None:
    (line,) = lines(tariff=tariff)
    assert (line.amount, line.missing) == (None, missing)
    assert sum_of((line,)) is None


def test_who_is_not_free_yet_has_no_minutes_until_a_person_says_them() -> None:
    out = [each for each in FIRE if each.id != says(88.2, "w-1", "available", THEIRS).id]
    (line,) = lines(out)
    assert (line.minutes, line.amount, line.missing) == (None, None, "not_home")
    (line,) = lines(out, corrected={"w-1/1": 60})
    assert (line.drafted_min, line.minutes, line.amount, line.corrected) == (
        None,
        60,
        100_000,
        True,
    )
    (gone,) = lines(corrected={"w-1/1": 0})
    assert gone.amount == 0


def test_who_was_alerted_and_never_left_has_helped_nobody() -> None:
    only = [says(1, "w-2", "alerted", THEIRS), says(5, "w-2", "available", THEIRS)]
    assert lines(only) == ()


def test_the_tariff_is_the_newest_of_the_day_and_one_without_rates_takes_it_away() -> None:
    ended = Tariff(valid_from=date(2027, 6, 1), begun_min=1, rates=())
    held = [HOUR, ended]
    assert tariff_on(held, date(2026, 12, 31)) is None
    assert tariff_on(held, date(2027, 1, 1)) == HOUR
    assert tariff_on(held, date(2027, 6, 1)) is None


@pytest.mark.parametrize(
    ("minutes", "hour", "begun", "amount"),
    [(0, 100, 60, 0), (1, 100, 60, 100), (61, 100, 60, 200), (1, 90, 1, 2), (1, 89, 1, 1)],
)
def test_what_is_begun_is_paid_and_half_a_coin_is_rounded_up(
    minutes: int, hour: int, begun: int, amount: int
) -> None:
    assert amount_of(minutes, hour, begun) == amount


def test_a_word_of_a_lower_source_does_not_stand_in_the_draft() -> None:
    high = IncidentCorrected(incident_type="BR-GRD", source="system", weights={"incident.type": 2})
    low = IncidentCorrected(incident_type="BR-VIL", source="phone", weights={"incident.type": 1})
    words = [*FIRE, told(40, high), told(41, low)]
    assert draft(words)["type"].value == "BR-GRD"
    withdrawn = [*words, told(42, msgspec.structs.replace(high, incident_type="BR-ABA"))]
    assert draft(withdrawn)["type"].value == "BR-ABA"
