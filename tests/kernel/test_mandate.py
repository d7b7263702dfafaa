# SPDX-License-Identifier: Apache-2.0
"""The gate: what it says holds, except that nothing it says or does stops an alarm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, May, Resource, ask, owner_may
from bavn.kernel.refusal import BadInput, BrokenPromise, Problem, Refused
from tests.lilleland.nodes import EASTERN, START, WESTERN

ACTOR = Actor(organisation=EASTERN, function="duty_officer")
NO = Refused(code="no", says="No.", try_instead="Ask.")
YES = Allowed(basis="law 7", flagged=True)


@dataclass
class Always:
    """A gate that says or does the same, whatever is asked."""

    answer: Callable[[], Allowed | Refused]

    def __call__(
        self, actor: Actor, act: str, resource: Resource, at: datetime
    ) -> Allowed | Refused:
        return self.answer()


def saying(answer: Allowed | Refused) -> May:
    return Always(lambda: answer)


def raising(error: Exception) -> May:
    def fail() -> Allowed | Refused:
        raise error

    return Always(fail)


def asked(may: May, *, alarm: bool) -> Allowed | Refused:
    return ask(may, ACTOR, "report", Resource(owner=EASTERN, alarm=alarm), START)


ERRORS = [
    ValueError("odd"),
    KeyError("policy"),
    OSError("unreadable"),
    RecursionError(),
    BrokenPromise("ours"),
    BadInput(Problem(where="policy", says="empty")),
]


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("alarm", [True, False])
def test_what_the_gate_allows_is_allowed_on_its_basis(alarm: bool) -> None:
    assert asked(saying(YES), alarm=alarm) == YES


def test_what_the_gate_refuses_is_refused_but_an_alarm_is_flagged() -> None:
    assert asked(saying(NO), alarm=False) is NO
    assert asked(saying(NO), alarm=True) == Allowed(basis="alarm_refused", flagged=True)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_a_broken_gate_stops_every_act_but_an_alarm(error: Exception) -> None:
    with pytest.raises(type(error)):
        asked(raising(error), alarm=False)
    assert asked(raising(error), alarm=True) == Allowed(basis="alarm_gate_broken", flagged=True)


@pytest.mark.parametrize(
    ("owner", "alarm", "answer"),
    [
        (EASTERN, False, Allowed(basis="owner")),
        (EASTERN, True, Allowed(basis="owner")),
        (WESTERN, True, Allowed(basis="alarm", flagged=True)),
    ],
)
def test_the_ground_rule_lets_owners_act_on_their_own_and_alarms_through(
    owner: OrganisationId,
    alarm: bool,
    answer: Allowed,
) -> None:
    assert owner_may(ACTOR, "report", Resource(owner=owner, alarm=alarm), START) == answer


def test_the_ground_rule_names_who_holds_the_mandate_that_is_missing() -> None:
    answer = owner_may(ACTOR, "send", Resource(owner=WESTERN), START)
    assert isinstance(answer, Refused)
    assert WESTERN in answer.try_instead
    assert answer.values == {"act": "send", "owner": WESTERN, "organisation": EASTERN}


def test_bad_input_carries_every_problem_with_its_place() -> None:
    problems = (Problem(where="a", says="is empty"), Problem(where="b", says="is long"))
    bad = BadInput(*problems)
    assert bad.problems == problems
    assert str(bad) == "a: is empty; b: is long"
