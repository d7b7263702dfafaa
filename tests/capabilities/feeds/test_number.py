# SPDX-License-Identifier: Apache-2.0
"""Another system's number: its form, for how long it means the same, and that it is kept once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.feeds.decisions import NumberIncident, number
from bavn.capabilities.feeds.facts import IncidentNumbered
from bavn.capabilities.feeds.model.faults import REASONS, reason_of, text_of, value_of
from bavn.capabilities.feeds.model.number import Incident, Means, means, number_in
from bavn.frame.feeds import KeptFault
from bavn.journal.decision import Context
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused
from bavn.runtime.texts import Texts

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
HERE, NEAR, FAR = (57.05, 9.92), (57.06, 9.93), (56.16, 10.20)
RULE = Means(days=7, km=10.0)
NJB = OrganisationId("njb")
CONTEXT = Context(
    owner=NJB,
    actor=Actor(organisation=NJB, function="system"),
    basis="",
    now=NOW,
    new_id=lambda: "unused",
)


@given(st.text(max_size=80))
def test_a_number_has_a_digit_and_is_kept_as_it_is_shown(text: str) -> None:
    found = number_in(text)
    assert found is None or (found == text.strip() and any(c.isdigit() for c in found))


@pytest.mark.parametrize("name", ["", "Hansen", "  ", "0" * 65, "<b>1", "1\n2"])
def test_what_is_no_number_is_none(name: str) -> None:
    assert number_in(name) is None


@pytest.mark.parametrize(
    ("days_ago", "place", "same"),
    [(1, HERE, True), (1, NEAR, True), (1, None, True), (1, FAR, False), (8, HERE, False)],
)
def test_a_number_that_is_used_again_elsewhere_or_much_later_is_another_incident(
    days_ago: int, place: tuple[float, float] | None, same: bool
) -> None:
    at = NOW - timedelta(days=days_ago)
    known = Incident(id="i1", is_open=True, reported_at=at, place=HERE)
    assert means(known, RULE, NOW, place) is same


def decided(rows: list[dict[str, Any]], number_: str, incident: str = "i1") -> Any:
    request = NumberIncident(incident=incident, number=number_, system="cad")
    return number(rows, request, CONTEXT)


def test_a_number_is_kept_once_and_each_beside_the_others() -> None:
    (draft,) = decided([], "2026-1")
    assert draft.body == IncidentNumbered(number="2026-1", system="cad")
    assert draft.about == ("incident:i1",)
    had = [{"number": "2026-1", "system": "cad"}]
    assert decided(had, "2026-1").code == "numbered_already"
    assert decided(had, "2026-2")[0].body.number == "2026-2"
    other = [{"number": "2026-1", "system": "another"}]
    assert decided(other, "2026-1")[0].body.system == "cad"


@pytest.mark.parametrize(("number_", "incident"), [("Hansen", "i1"), ("2026-1", "no id")])
def test_what_is_no_number_or_no_incident_is_refused(number_: str, incident: str) -> None:
    refused = decided([], number_, incident)
    assert isinstance(refused, Refused)
    assert refused.code == "no_incident_number"


def fault(raw: bytes = b"{}", where: str = "", says: str = "", code: str = "") -> KeptFault:
    return KeptFault(
        sender="cad",
        organisation="njb",
        sort="status",
        where=where,
        says=says,
        code=code,
        raw=raw,
        is_cut=False,
        first_at=NOW,
        last_at=NOW,
        count=1,
    )


def test_every_reason_has_words_and_something_to_do_in_both_languages() -> None:
    for language in ("da", "en"):
        say = Texts(language)
        for reason in REASONS:
            assert say.has(f"feeds.reason.{reason}"), reason
            assert say.has(f"feeds.todo.{reason}"), reason


def test_a_reason_that_nobody_foresaw_is_shown_as_what_the_sender_was_told() -> None:
    assert reason_of(fault(says="is odd")) == "other"
    assert reason_of(fault(says="is odd", code="key_erased")) == "refused"
    assert reason_of(fault(code="repeat_differs")) == "ref_reused"


@given(st.binary(max_size=60), st.sampled_from(["", "items[3].status", "place.lat", "body"]))
def test_any_bytes_can_be_shown(raw: bytes, where: str) -> None:
    one = fault(raw, where)
    assert isinstance(value_of(one), str)
    assert text_of(raw) or not raw


def test_the_value_of_a_row_is_what_stood_in_its_field() -> None:
    row = b'{"status": "S7", "place": {"lat": 91}}'
    assert value_of(fault(row, "items[3].status")) == "S7"
    assert value_of(fault(row, "place.lat")) == "91"
    assert value_of(fault(row, "unit")) == ""
    assert value_of(fault(b"\xe6", "body")) == ""
    assert text_of("Bål".encode("latin-1")) == "Bål"
