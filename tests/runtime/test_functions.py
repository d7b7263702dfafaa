# SPDX-License-Identifier: Apache-2.0
"""The gate that a country's functions make."""

from datetime import UTC, datetime

import pytest

from bavn.frame.country import Function, Level
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.kernel.refusal import Refused
from bavn.runtime.countries import built_in
from bavn.runtime.functions import function_may, holders_of, pattern_of
from tests.lilleland.country import lilleland

NOW = datetime(2027, 1, 1, tzinfo=UTC)
HERE, THERE = OrganisationId("easttown"), OrganisationId("westtown")


def asked(function: str, act: str, *, owner: OrganisationId = HERE, alarm: bool = False) -> str:
    """The basis of a yes, or the code of a no."""
    may = function_may(lilleland().functions)
    actor = Actor(organisation=HERE, function=function)
    answer = may(actor, act, Resource(owner=owner, alarm=alarm), NOW)
    return answer.basis if isinstance(answer, Allowed) else answer.code


@pytest.mark.parametrize(
    ("function", "act", "owner", "answer"),
    [
        ("watch", "operations.close_incident", HERE, "function:watch"),
        ("watch", "operations.close_incident", THERE, "no_mandate"),
        ("watch", "operations.read_incidents", THERE, "function:watch"),
        ("watch", "organisation.confirm_import", HERE, "not_in_function"),
        ("observer", "situation.read_picture", THERE, "function:observer"),
        ("observer", "operations.close_incident", HERE, "not_in_function"),
        ("", "operations.read_incidents", HERE, "not_in_function"),
    ],
)
def test_a_function_does_what_goes_with_it_to_its_own(
    function: str, act: str, owner: OrganisationId, answer: str
) -> None:
    assert asked(function, act, owner=owner) == answer


@pytest.mark.parametrize("function", ["keeper", "observer", "unknown"])
def test_an_alarm_passes_flagged(function: str) -> None:
    may = function_may(lilleland().functions)
    actor = Actor(organisation=HERE, function=function)
    answer = may(actor, "operations.report_incident", Resource(owner=THERE, alarm=True), NOW)
    assert answer == Allowed(basis="alarm", flagged=True)


def test_who_holds_it_is_named_and_no_machine_is_among_them() -> None:
    may = function_may(lilleland().functions)
    actor = Actor(organisation=HERE, function="observer")
    answer = may(actor, "operations.close_incident", Resource(owner=HERE), NOW)
    assert isinstance(answer, Refused)
    assert answer.values["holders_da"] == "Vagten, Central"
    assert "machine" not in {
        each.code for each in holders_of(lilleland().functions, "operations.x")
    }


@pytest.mark.parametrize(
    ("glob", "act", "matches"),
    [
        ("*.read_*", "situation.read_picture", True),
        ("*.read_*", "situation.spread_picture", False),
        ("operations.*", "operations.anything", True),
        ("operations.*", "operationsx.anything", False),
        ("operations.*", "operations.", True),
        ("journal.strike", "journal.strikes", False),
        ("journal.strike", "journalxstrike", False),
    ],
)
def test_a_star_stands_for_a_part_of_a_name(glob: str, act: str, *, matches: bool) -> None:
    assert (pattern_of([glob]).fullmatch(act) is not None) is matches


def test_without_functions_nobody_may_anything_but_an_alarm() -> None:
    may = function_may(())
    actor = Actor(organisation=HERE, function="watch")
    assert isinstance(may(actor, "operations.read_x", Resource(owner=HERE), NOW), Refused)
    assert isinstance(may(actor, "x.y", Resource(owner=HERE, alarm=True), NOW), Allowed)


def test_denmarks_readers_write_nothing() -> None:
    reading = [each for each in built_in("denmark").functions if each.code == "inspector"]
    assert reading[0].level is Level.NATION
    may = function_may(built_in("denmark").functions)
    actor = Actor(organisation=HERE, function="inspector")
    for act in ("operations.close_incident", "journal.strike", "organisation.confirm_import"):
        assert isinstance(may(actor, act, Resource(owner=HERE), NOW), Refused)


def test_a_functions_row_is_what_the_gate_reads() -> None:
    own = Function(
        code="f",
        danish="f",
        english="f",
        level=Level.SERVICE,
        acts=("a.b",),
        personal=False,
        basis="own calibration",
    )
    may = function_may([own])
    actor = Actor(organisation=HERE, function="f")
    assert isinstance(may(actor, "a.b", Resource(owner=HERE), NOW), Allowed)
    assert isinstance(may(actor, "a.c", Resource(owner=HERE), NOW), Refused)
