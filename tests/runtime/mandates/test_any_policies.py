# SPDX-License-Identifier: Apache-2.0
"""Laws of the gate: whatever set is taken, and whatever is told in another world."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Circumstances, Resource, ask
from bavn.kernel.refusal import BadInput
from bavn.runtime.mandates.book import book_from
from tests.runtime.mandates.denmark import ACTS, ALARMS, book, gate_of
from tests.runtime.mandates.own import ANYTHING, AT, TEXTS, read

# What somebody may write: policies of every sort, and what is none.
_GROUPS = ["alarm", "reading", "operations", "dispatch", "mandates"]
_CONDITIONS = [
    "",
    "when { context.level >= 3 }",
    "when { context.organisation == resource }",
    "unless { context.organisation in resource }",
    "when { 9223372036854775807 + context.level > 0 }",
    'when { resource.level == "service" && !context.emergency }',
    "when { if context.assigned then context.procedure else true }",
]
written = st.builds(
    '@id("x{0}") @ground("§") @basis("b") @law("today") @da("a") @en("a") '
    "{1} (principal{2}, action{3}, resource) {4};\n".format,
    st.integers(0, 3),
    st.sampled_from(["permit", "forbid"]),
    st.sampled_from(["", ' in Role::"watch"', ' in Role::"nobody"']),
    st.sampled_from(["", *(f' in Action::"{each}"' for each in _GROUPS)]),
    st.sampled_from(_CONDITIONS),
)
sets = st.lists(written | st.text(max_size=40), max_size=4).map("".join)
actors = st.builds(
    lambda function, organisation: Actor(
        organisation=OrganisationId(organisation), function=function
    ),
    st.sampled_from([*sorted(book().roles), "nobody"]),
    st.sampled_from(["njb", "nordjylland", "brs", "nobody"]),
)


@settings(max_examples=40)
@given(sets, actors, st.sampled_from(sorted(ALARMS)), st.integers(-1, 5))
@pytest.mark.requirement("E9.1")
def test_no_set_that_somebody_can_write_stops_an_alarm(
    text: str, actor: Actor, act: str, level: int
) -> None:
    """Taken or refused: an alarm goes through, flagged unless a policy of the set lets it."""
    few = {name: TEXTS[name] for name in TEXTS if not name.endswith(".cedar")}
    gate = gate_of(book())
    with suppress(BadInput):
        gate.take(book_from({**few, "x.cedar": text}, ACTS, ALARMS), AT)
    resource = Resource(
        owner=OrganisationId("njb"), alarm=True, circumstances=Circumstances(level=level)
    )
    answer = ask(gate, actor, act, resource, AT)
    assert isinstance(answer, Allowed)
    assert answer.flagged or answer.basis.startswith("mandate:")


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["delegated", "emergency", "policies"]),
    actors,
    st.sampled_from(sorted(ACTS)),
    st.sampled_from(["njb", "nvjb", "brs"]),
)
@pytest.mark.requirement("E9.1")
def test_nothing_in_the_exercise_world_changes_what_the_real_one_answers(
    told: str, actor: Actor, act: str, owner: str
) -> None:
    resource = Resource(owner=OrganisationId(owner))
    alone = gate_of(book())(actor, act, resource, AT)
    real, exercise = gate_of(book()), gate_of(book())
    if told == "policies":
        exercise.take(read({**TEXTS, "more.cedar": ANYTHING}, ACTS, ALARMS), AT)
        assert isinstance(exercise(actor, act, resource, AT), Allowed)
    else:
        exercise.granted = Everything(told)
        exercise(actor, act, resource, AT)
    assert real(actor, act, resource, AT) == alone


class Everything:
    """In this world all is delegated to everybody, or everybody has declared an emergency."""

    def __init__(self, told: str) -> None:
        self._told = told

    def in_emergency(self, _actor: Actor, _at: datetime) -> bool:
        return self._told == "emergency"

    def delegated(
        self, _actor: Actor, _act: str, _at: datetime
    ) -> Sequence[tuple[str, OrganisationId]]:
        return [("d", OrganisationId("njb"))] if self._told == "delegated" else []

    def state(self, _at: datetime) -> object:
        return self._told
