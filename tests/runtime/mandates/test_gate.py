# SPDX-License-Identifier: Apache-2.0
"""What no set of policies can do, and when policies hold."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import cedarpy
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, Allowed, Circumstances, Resource, ask
from bavn.kernel.refusal import Refused
from bavn.runtime.mandates import Book, Gate
from bavn.runtime.mandates.beside import Nothing
from bavn.runtime.mandates.book import Policy
from tests.runtime.mandates.denmark import ALARMS, book, gate_of

NJB, AREA = OrganisationId("njb"), OrganisationId("nordjylland")
NVJB = OrganisationId("nvjb")
DUTY = Actor(organisation=NJB, function="duty_officer")
ZONE = ZoneInfo("Europe/Copenhagen")
AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
FUNCTIONS = sorted(book().roles)
ORGANISATIONS = ["njb", "nvjb", "ostbv", "nordjylland", "midtjylland", "brs", "police", "nobody"]
CONDITIONS = [
    "",
    "when { context.level >= 3 }",
    "when { context.organisation == resource }",
    "unless { context.organisation == resource }",
    'when { resource.level == "service" }',
    "when { context.nothing }",
    "when { 9223372036854775807 + context.level > 0 }",
]
actors = st.builds(
    lambda function, organisation: Actor(
        organisation=OrganisationId(organisation), function=function
    ),
    st.sampled_from([*FUNCTIONS, "nobody"]),
    st.sampled_from(ORGANISATIONS),
)


def of(text: str, valid_from: date | None = None, valid_to: date | None = None) -> Policy:
    """One rule as the book would hold it."""
    rule = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]["policy0"]
    return Policy(
        id=f"p{abs(hash((text, valid_from, valid_to)))}",
        subject="x",
        ground="§ 1",
        basis="own calibration",
        danish="Må.",
        english="May.",
        laws=frozenset({"today"}),
        permits=rule["effect"] == "permit",
        rule=rule,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def only(*policies: Policy) -> Book:
    """A book of these policies and nothing else."""
    unique = {each.id: each for each in policies}
    return msgspec.structs.replace(book(), policies=tuple(unique.values()))


rules = st.builds(
    lambda effect, group, condition: of(
        f'{effect} (principal, action in Action::"{group}", resource) {condition};'
        if group
        else f"{effect} (principal, action, resource) {condition};"
    ),
    st.sampled_from(["permit", "forbid"]),
    st.sampled_from(["alarm", "operations", "dispatch", ""]),
    st.sampled_from(CONDITIONS),
)


@given(
    st.lists(rules, max_size=5),
    actors,
    st.sampled_from(sorted(ALARMS)),
    st.sampled_from(ORGANISATIONS),
    st.integers(-(2**63), 2**63 - 1),
)
@pytest.mark.requirement("E9.1")
def test_no_set_of_policies_stops_an_alarm(
    told: list[Policy], actor: Actor, act: str, owner: str, level: int
) -> None:
    """Empty, hostile, overflowing: the alarm path is flagged at most."""
    resource = Resource(
        owner=OrganisationId(owner), alarm=True, circumstances=Circumstances(level=level)
    )
    answer = ask(gate_of(only(*told)), actor, act, resource, AT)
    assert isinstance(answer, Allowed)
    assert answer.flagged or answer.basis.startswith("mandate:p")


class Broken(Gate):
    """A gate whose policies cannot be asked."""

    def grounds(self, *_: object) -> tuple[str, ...] | None:
        """Fall down."""
        raise OSError("the policies cannot be read")


def test_a_broken_gate_stops_no_alarm_and_everything_else() -> None:
    gate = Broken(
        book(),
        lambda _: pytest.fail("nobody asks"),
        zone=ZONE,
        alarms=ALARMS,
        functions={},
    )
    alarm = ask(gate, DUTY, "dispatch.order_units", Resource(owner=NJB, alarm=True), AT)
    assert alarm == Allowed(basis="alarm_gate_broken", flagged=True)
    with pytest.raises(OSError, match="cannot be read"):
        ask(gate, DUTY, "dispatch.stand_down", Resource(owner=NJB), AT)


@given(st.integers(0, 4 * 24 * 60 * 60))
def test_a_policy_holds_from_its_first_midnight_until_before_its_last(
    seconds: int,
) -> None:
    """Half open, also on the day on which the clocks are put forward."""
    begins, ends = date(2026, 3, 28), date(2026, 3, 30)
    rule = of("permit (principal, action, resource);", valid_from=begins, valid_to=ends)
    gate = gate_of(only(rule))
    at = datetime(2026, 3, 27, tzinfo=ZONE).astimezone(UTC) + timedelta(seconds=seconds)
    answer = gate(DUTY, "dispatch.stand_down", Resource(owner=NJB), at)
    assert isinstance(answer, Allowed) == (begins <= at.astimezone(ZONE).date() < ends)


def test_the_instants_at_which_a_policy_begins_and_ends() -> None:
    rule = of(
        "permit (principal, action, resource);",
        valid_from=date(2026, 10, 25),
        valid_to=date(2026, 10, 26),
    )
    gate = gate_of(only(rule))
    begins = datetime(2026, 10, 24, 22, tzinfo=UTC)
    # The day on which the clocks are put back has twenty-five hours.
    ends = begins + timedelta(hours=25)
    tick = timedelta(milliseconds=1)

    def is_allowed(at: datetime) -> bool:
        answer = gate(DUTY, "dispatch.stand_down", Resource(owner=NJB), at)
        return isinstance(answer, Allowed)

    assert [is_allowed(at) for at in (begins - tick, begins, ends - tick, ends)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_refusal_names_who_holds_the_mandate(gate: Gate) -> None:
    planner = Actor(organisation=NJB, function="planner")
    answer = gate(planner, "operations.close_incident", Resource(owner=NJB), AT)
    assert isinstance(answer, Refused)
    assert "duty_officer (njb)" in answer.try_instead
    assert "planner" not in answer.try_instead


def test_a_refusal_says_when_nobody_holds_it(gate: Gate) -> None:
    answer = gate(DUTY, "levels.set_level", Resource(owner=NJB), AT)
    assert isinstance(answer, Refused)
    assert answer.try_instead == "Nobody has it by this law."


def test_the_ground_stands_in_the_answer(gate: Gate) -> None:
    answer = gate(DUTY, "dispatch.stand_down", Resource(owner=NJB), AT)
    assert answer == Allowed(basis="mandate:own-response")
    assert "§ 9" in gate.policy("own-response").ground


def test_what_was_answered_under_one_policy_set_is_not_kept_for_another() -> None:
    permit = of("permit (principal, action, resource);")
    forbid = of("forbid (principal, action, resource);")
    resource = Resource(owner=NJB)
    first, second = gate_of(only(permit)), gate_of(only(permit, forbid))
    assert isinstance(first(DUTY, "dispatch.stand_down", resource, AT), Allowed)
    assert isinstance(second(DUTY, "dispatch.stand_down", resource, AT), Refused)


def test_an_act_that_no_table_names_goes_by_its_groups(gate: Gate) -> None:
    answer = gate(DUTY, "operations.brand_new", Resource(owner=NJB), AT)
    assert isinstance(answer, Allowed)
    assert isinstance(gate(DUTY, "elsewhere.brand_new", Resource(owner=NJB), AT), Refused)


def test_a_level_opens_nothing_below_it(gate: Gate) -> None:
    proposed = gate.under("proposed")
    chief = Actor(organisation=OrganisationId("brs"), function="national_chief")
    for level, allowed in ((-1, False), (0, False), (1, False), (2, False), (3, True), (4, True)):
        resource = Resource(owner=OrganisationId("brs"), circumstances=Circumstances(level=level))
        answer = proposed(chief, "levels.lead_strategy", resource, AT)
        assert isinstance(answer, Allowed) == allowed, level


@pytest.mark.requirement("E9.1")
def test_nobody_gives_away_what_none_of_its_own_could_do(gate: Gate) -> None:
    """An inspector orders trial alarms anywhere; there is none in a service, so it gives none."""

    class FromNjb(Nothing):
        def delegated(
            self, _actor: Actor, _act: str, _at: datetime
        ) -> Sequence[tuple[str, OrganisationId]]:
            return [("d1", NJB)]

    own = gate_of(gate.book)
    own.granted = FromNjb()
    planner = Actor(organisation=NVJB, function="planner")
    inspector = Actor(organisation=OrganisationId("brs"), function="inspector")
    trial, send = "oversight.order_trial_alarm", "dispatch.stand_down"
    assert isinstance(own(inspector, trial, Resource(owner=NJB), AT), Allowed)
    assert isinstance(own(planner, trial, Resource(owner=NJB), AT), Refused)
    assert isinstance(own(planner, send, Resource(owner=NJB), AT), Allowed)
    # And who could is said of the organisations at which somebody is.
    holders = own.holders(trial, NJB, ORDINARY, AT)
    assert {(each.function, each.organisation) for each in holders} == {("inspector", "brs")}
