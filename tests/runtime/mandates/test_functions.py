# SPDX-License-Identifier: Apache-2.0
"""The table of functions and the policies speak of the same functions, here and in Lilleland."""

from datetime import UTC, datetime

import pytest

from bavn.frame.country import Country
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.kernel.refusal import BadInput, Refused
from bavn.node import mandates
from bavn.node.wiring import country_gate
from bavn.runtime.countries import built_in
from bavn.runtime.functions import OPERATOR
from bavn.runtime.mandates import Book, Gate, book_of
from bavn.runtime.texts import LANGUAGES, Texts
from tests.lilleland.country import FOLDER, lilleland
from tests.lilleland.mandates import lilleland_book, lilleland_gate
from tests.runtime.mandates.denmark import book

AT = datetime(2027, 1, 1, tzinfo=UTC)
HERE, THERE = OrganisationId("easttown"), OrganisationId("westtown")
COUNTRIES = (built_in("denmark"), book()), (lilleland(), lilleland_book())


@pytest.mark.parametrize(("country", "told"), COUNTRIES, ids=["denmark", "lilleland"])
def test_every_function_has_roles_and_every_role_is_some_functions(
    country: Country, told: Book
) -> None:
    # Whoever keeps the machine need not be named by a country: no account has it.
    assert {*(each.code for each in country.functions), OPERATOR} == {*told.roles}
    given = frozenset[str]().union(*told.roles.values())
    assert frozenset[str]().union(*(each.names().roles for each in told.policies)) <= given


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_subject_of_policies_has_a_name(language: str) -> None:
    texts = Texts(language)
    subjects = {each.subject for each in book().policies}
    assert {each for each in subjects if not texts.has(f"mandates.subject.{each}")} == set()


def asked(function: str, act: str, *, owner: OrganisationId = HERE) -> str:
    """The basis of a yes, or the code of a no."""
    answer = lilleland_gate()(
        Actor(organisation=HERE, function=function), act, Resource(owner=owner), AT
    )
    return answer.basis if isinstance(answer, Allowed) else answer.code


@pytest.mark.parametrize(
    ("function", "act", "owner", "answer"),
    [
        ("watch", "operations.close_incident", HERE, "mandate:watch-own"),
        ("watch", "operations.close_incident", THERE, "not_by_mandate"),
        ("watch", "operations.read_incidents", THERE, "mandate:watch-looks"),
        # An act that no table names goes by its capability.
        ("watch", "operations.think_of_something", HERE, "mandate:watch-own"),
        ("watch", "operationsx.think_of_something", HERE, "not_by_mandate"),
        ("watch", "organisation.confirm_import", HERE, "not_by_mandate"),
        ("observer", "situation.read_picture", THERE, "mandate:observe-everything"),
        ("observer", "situation.spread_picture", THERE, "not_by_mandate"),
        ("observer", "operations.close_incident", HERE, "not_by_mandate"),
        ("", "operations.read_incidents", HERE, "not_by_mandate"),
    ],
)
def test_a_function_does_what_goes_with_it_to_its_own(
    function: str, act: str, owner: OrganisationId, answer: str
) -> None:
    assert asked(function, act, owner=owner) == answer


@pytest.mark.parametrize("function", ["keeper", "observer", "unknown"])
def test_an_alarm_passes_flagged(function: str) -> None:
    actor = Actor(organisation=HERE, function=function)
    resource = Resource(owner=THERE, alarm=True)
    answer = lilleland_gate()(actor, "operations.report_incident", resource, AT)
    assert answer == Allowed(basis="alarm", flagged=True)


def test_who_holds_it_is_named_and_no_machine_is_among_them() -> None:
    actor = Actor(organisation=HERE, function="observer")
    answer = lilleland_gate()(actor, "operations.close_incident", Resource(owner=HERE), AT)
    assert isinstance(answer, Refused)
    # The centre's function could by its roles; but nobody has it in a town's service.
    assert answer.values["holders"] == "watch (easttown)"


@pytest.mark.parametrize("act", ["operations.close_incident", "journal.strike", "crews.x"])
def test_who_follows_writes_nothing(gate: Gate, act: str) -> None:
    inspector = Actor(organisation=OrganisationId("brs"), function="inspector")
    assert isinstance(gate(inspector, act, Resource(owner=inspector.organisation), AT), Refused)


def test_a_country_without_policies_is_none() -> None:
    stranger = lilleland()
    with pytest.raises(BadInput) as error:
        country_gate(stranger)
    [problem] = error.value.problems
    assert problem.where.endswith("countries/lilleland/mandates")
    assert "cannot be read" in problem.says


def test_a_policy_about_a_capability_that_there_is_not_is_a_fault() -> None:
    known = {each for each in lilleland_book().acts if not each.startswith("crews.")}
    with pytest.raises(BadInput) as error:
        book_of(FOLDER / mandates.FOLDER, known, ())
    assert any("crews" in each.says for each in error.value.problems)
