# SPDX-License-Identifier: Apache-2.0
"""The plan of a call-out: nobody twice, nobody left out, nobody waited for in vain."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.alerting.facts import ALERTS_LIMIT, RuleStep
from bavn.capabilities.alerting.model.escalating import (
    Address,
    Rule,
    holding,
    plan,
    rule_faults,
)
from bavn.capabilities.alerting.model.informing import InformRule, wanted
from bavn.capabilities.alerting.model.informing import holding as informing

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TARGETS = ("unit:u1", "unit:u2", "station:s1", "station:s2", "function:duty_officer")
TOS = ("unit/1", "unit/2", "unit/*", "station/1", "station/*", "function:duty_officer/*")
ADDRESSES = st.lists(
    st.builds(
        Address,
        id=st.integers(0, 99).map("a{}".format),
        target=st.sampled_from(TARGETS),
        channel=st.sampled_from(["pager", "printer"]),
        rank=st.integers(1, 3),
    ),
    max_size=60,
    unique_by=lambda each: each.id,
)
STEPS = st.lists(
    st.builds(
        RuleStep,
        st.integers(0, 600),
        st.lists(st.sampled_from(TOS), min_size=1, max_size=3).map(tuple),
    ),
    max_size=8,
)
# Whom a step means, said once more and in another way.
MEANS = {
    "unit/1": lambda each: each.target == "unit:u1" and each.rank == 1,
    "unit/2": lambda each: each.target == "unit:u1" and each.rank == 2,
    "unit/*": lambda each: each.target == "unit:u1",
    "station/1": lambda each: each.target == "station:s1" and each.rank == 1,
    "station/*": lambda each: each.target == "station:s1",
    "function:duty_officer/*": lambda each: each.target == "function:duty_officer",
}


@given(STEPS, ADDRESSES)
def test_nobody_is_alerted_twice_and_nobody_whom_a_step_names_is_left_out(
    steps: list[RuleStep], addresses: list[Address]
) -> None:
    planned = plan("c", steps, addresses, "u1", "s1")
    alerted = [alert.address for step in planned for alert in step.alerts]
    assert len(alerted) == len(set(alerted))
    meant = {each.id for each in addresses for step in steps for to in step.to if MEANS[to](each)}
    assert set(alerted) == meant
    assert all(1 <= len(step.alerts) <= ALERTS_LIMIT for step in planned)
    numbers = [alert.id for step in planned for alert in step.alerts]
    assert numbers == [f"c-{number}" for number in range(len(numbers))]


@given(STEPS, ADDRESSES)
def test_whoever_is_named_earlier_is_alerted_no_later_and_the_first_waits_for_nobody(
    steps: list[RuleStep], addresses: list[Address]
) -> None:
    planned = plan("c", steps, addresses, "u1", "s1")
    at = {alert.address: n for n, step in enumerate(planned) for alert in step.alerts}
    first_named = {
        each.id: next(
            (n for n, step in enumerate(steps) if any(MEANS[t](each) for t in step.to)), -1
        )
        for each in addresses
    }
    for one, place in at.items():
        for other, later in at.items():
            if first_named[one] < first_named[other]:
                assert place < later
    assert not planned or planned[0].wait_s == 0
    # Nobody waits longer than the rule says.
    assert sum(step.wait_s for step in planned) <= sum(step.wait_s for step in steps)


def test_a_step_that_finds_nobody_is_passed_over_at_once() -> None:
    steps = [RuleStep(0, ("unit/1",)), RuleStep(60, ("station/*",)), RuleStep(90, ("unit/2",))]
    only = Address(id="a", target="unit:u1", channel="pager", rank=2)
    (step,) = plan("c", steps, [only], "u1", "s1")
    assert (step.wait_s, step.alerts[0].address) == (0, "a")


def test_a_rule_that_cannot_be_read_is_named_by_its_steps() -> None:
    steps = [RuleStep(0, ("unit/1",)), RuleStep(1, ()), RuleStep(1, ("everybody", "unit/10"))]
    assert rule_faults(steps) == [(2, "nobody"), (3, "unreadable"), (3, "unreadable")]
    assert rule_faults([RuleStep(0, ("unit/1",))] * 9) == [(8, "too_many")]


def test_the_rule_that_began_last_holds_and_the_countrys_before_any() -> None:
    country = Rule(steps=(), board_wait_s=1, basis="country")
    rules = [
        Rule(steps=(), board_wait_s=n, basis=str(n), begins_at=NOW + timedelta(days=n))
        for n in (2, 1, 3)
    ]
    assert holding(rules, NOW, country) is country
    assert holding(rules, NOW + timedelta(days=2), country).basis == "2"


def rule(code: str, **more: object) -> InformRule:
    given = {"danish": code, "english": code, "types": (), "units_least": 0, "basis": "b", **more}
    return InformRule(code=code, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("type_", "units", "found"),
    [
        ("BR-VIL", 1, {"police"}),
        ("BR-VIL", 8, {"police", "mayor"}),
        ("MI-KEM", 0, {"environment"}),
        ("MI-KE", 0, set()),
        (None, 9, {"mayor"}),
    ],
)
def test_who_is_told_follows_type_and_size(type_: str | None, units: int, found: set[str]) -> None:
    rules = [
        rule("police", types=("BR-*",), units_least=1),
        rule("mayor", units_least=8),
        rule("environment", types=("MI-KEM",)),
    ]
    assert {each.code for each in wanted(rules, type_, units, {})} == found


def test_whoever_has_been_told_stays_on_the_list() -> None:
    assert [each.code for each in wanted([rule("mayor", units_least=8)], None, 0, {"mayor": 1})]


def test_a_services_own_row_takes_the_place_of_the_countrys_or_takes_it_away() -> None:
    country = [rule("mayor"), rule("press")]
    own = [
        rule("mayor", basis="own", begins_at=NOW),
        rule("press", danish="", begins_at=NOW),
        rule("mayor", basis="later", begins_at=NOW + timedelta(days=1)),
    ]
    assert [(each.code, each.basis) for each in informing(own, country, NOW)] == [("mayor", "own")]
    assert len(informing(own, country, NOW - timedelta(days=1))) == 2
