# SPDX-License-Identifier: Apache-2.0
"""A no in words: which mandate, by which rule, who has it, and whether it may be asked for."""

import re
from datetime import UTC, datetime

import pytest

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Resource, owner_may
from bavn.kernel.refusal import Refused
from bavn.runtime.mandates import Gate
from bavn.runtime.mandates.refusing import explained, holding, is_given
from bavn.runtime.texts import Texts
from tests.lilleland.mandates import lilleland_gate
from tests.runtime.mandates.denmark import book, gate_of

AT = datetime(2026, 11, 21, 23, tzinfo=UTC)
NJB, NVJB, NORTH, AGENCY = map(OrganisationId, ("njb", "nvjb", "nordjylland", "brs"))
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+\.[a-z]+_")


@pytest.fixture(scope="module")
def gate() -> Gate:
    return gate_of(book())


def no(gate: Gate, function: str, act: str, at: OrganisationId, of: OrganisationId) -> Refused:
    actor = Actor(organisation=of, function=function)
    refused = gate(actor, act, Resource(owner=at), AT)
    assert isinstance(refused, Refused), (function, act)
    return explained(gate, actor, refused, AT)


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize(
    ("function", "act", "at", "of"),
    [
        ("control_room_operator", "organisation.confirm_import", NJB, NJB),
        ("planner", "alerting.set_rule", NJB, NJB),
        ("inspector", "duty.set_watch", NJB, AGENCY),
        ("duty_officer", "objects.describe", NVJB, NJB),
    ],
)
def test_people_read_names_and_programs_codes(
    gate: Gate, function: str, act: str, at: OrganisationId, of: OrganisationId
) -> None:
    refused = no(gate, function, act, at, of)
    assert (refused.values["act"], refused.values["owner"]) == (act, at)
    danish, english = Texts("da").refusal(refused), Texts("en").refusal(refused)
    for told in (*danish, *english):
        assert CODE.search(told) is None, told
    assert "Grundlag: " in danish[1]
    assert "Ground: " in english[1]
    assert (refused.says, refused.try_instead) == english


def test_the_own_organisation_stands_first_and_nobody_of_another_level(gate: Gate) -> None:
    held = holding(gate, NORTH, "centre.read_board", NJB, AT)
    assert held[0].organisation == NORTH
    at_home = holding(gate, NJB, "centre.read_board", NJB, AT)
    assert at_home[0].organisation == NJB
    # Who may give what is asked for stands before who may not.
    assert [each.answers for each in at_home if each.organisation == NJB] == [True, False, False]
    assert all(each.grounds for each in at_home)
    area = {each.function for each in held if each.organisation == NORTH}
    assert area == {"area_duty_leader", "area_operator"}


@pytest.mark.parametrize(
    ("function", "act", "of", "may_ask"),
    [
        ("control_room_operator", "receiving.set_rule", NJB, "yes"),
        # Who follows asks for nothing.
        ("inspector", "receiving.set_rule", AGENCY, "no"),
        # The mandates themselves, and what a reader is made of, are nobody's to give away.
        ("control_room_operator", "mandates.delegate", NJB, "no"),
        ("control_room_operator", "audience.hear_area", NJB, "no"),
        # What is planned has nothing behind it, and what nobody knows is nothing.
        ("control_room_operator", "planning.make_agreement", NJB, "no"),
        ("control_room_operator", "nobody.knows_it", NJB, "no"),
    ],
)
def test_what_may_be_asked_for_says_so(
    gate: Gate, function: str, act: str, of: OrganisationId, may_ask: str
) -> None:
    assert no(gate, function, act, of, of).values["may_ask"] == may_ask


def test_an_alarm_is_never_asked_for(gate: Gate) -> None:
    assert not any(is_given(gate, act) for act in book().acts if gate.is_alarm(act))


def test_another_no_stays_as_it_is(gate: Gate) -> None:
    other = Refused(code="busy", says="Busy.", try_instead="Wait.")
    actor = Actor(organisation=NJB, function="planner")
    assert explained(gate, actor, other, AT) is other
    plain = owner_may(actor, "x.y", Resource(owner=NVJB), AT)
    assert isinstance(plain, Refused)
    assert explained(owner_may, actor, plain, AT) is plain


def test_where_nothing_has_a_name_its_code_stands() -> None:
    country = lilleland_gate()
    actor = Actor(organisation=OrganisationId("easttown"), function="observer")
    act, own = "operations.close_incident", Resource(owner=actor.organisation)
    refused = country(actor, act, own, AT)
    assert isinstance(refused, Refused)
    told = explained(country, actor, refused, AT)
    assert "watch" in told.try_instead.casefold()
