# SPDX-License-Identifier: Apache-2.0
"""Readers: what each function may read by Denmark's policies, and when that is asked anew."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.runtime.countries import built_in
from bavn.runtime.functions import MACHINES
from bavn.runtime.mandates import Gate
from bavn.runtime.mandates.reading import HEAR_AREA, HEAR_OWN, OPEN_PERSONAL, Readers, Scope, Wanted
from tests.runtime.mandates.denmark import book, gate_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
NJB, NVJB, NORTH, AGENCY = map(OrganisationId, ("njb", "nvjb", "nordjylland", "brs"))
AREAS = frozenset(map(OrganisationId, ("nordjylland", "midtjylland", "syddanmark", "oestdanmark")))
# What each function read when its level and its column of personal data said so: the areas that it
# hears, and whether it opens private texts.
BEFORE = {
    "control_room_operator": (NJB, frozenset(), True),
    "duty_officer": (NJB, frozenset(), True),
    "incident_commander": (NJB, frozenset(), True),
    "planner": (NJB, frozenset(), False),
    "organisation_administrator": (NJB, frozenset(), True),
    "area_operator": (NORTH, frozenset({NORTH}), True),
    "area_duty_leader": (NORTH, frozenset({NORTH}), True),
    "area_administrator": (NORTH, frozenset({NORTH}), False),
    "national_duty_officer": (AGENCY, AREAS, True),
    "national_administrator": (AGENCY, AREAS, False),
    "national_analyst": (AGENCY, AREAS, False),
    "inspector": (AGENCY, AREAS, False),
}
# Who hears what every organisation keeps to itself; and who says first what he opens texts for.
EVERYTHING = {"national_analyst", "inspector"}
STATED = {"organisation_administrator", "inspector"}
EVERYBODY = frozenset({*(each.id for each in built_in("denmark").services), *AREAS, AGENCY})


def wanted(function: str, home: OrganisationId = NJB, **what: object) -> Wanted:
    given = {"acts_for": frozenset({home}), "personal": True, **what}
    return Wanted(actor=Actor(organisation=home, function=function), **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def readers(gate: Gate) -> Readers:
    return Readers(gate, frozenset)


@pytest.mark.parametrize("function", BEFORE)
@pytest.mark.requirement("E5.1")
def test_a_function_reads_what_it_read_before_but_for_what_the_policies_change(
    readers: Readers, function: str
) -> None:
    home, areas, personal = BEFORE[function]
    scope = readers.scope(wanted(function, home), AT)
    assert scope.reader.areas == areas
    own = EVERYBODY if function in EVERYTHING else {home}
    assert scope.reader.organisations >= own
    if function not in EVERYTHING:
        assert scope.reader.organisations == own
    assert scope.reader.personal == (personal and function not in STATED)
    assert scope.may_state == (function in STATED)


def test_every_function_that_a_person_may_have_is_looked_at() -> None:
    known = {each.code for each in built_in("denmark").functions} - MACHINES
    assert {*BEFORE} <= known
    for function in known - {*BEFORE}:
        # Functions of the law's other bodies: their own, and nothing that names people.
        scope = Readers(gate_of(book()), frozenset).scope(wanted(function), AT)
        assert scope == Scope(Reader(organisations=frozenset({NJB})))


@pytest.mark.parametrize("function", BEFORE)
def test_an_account_narrows_and_nothing_widens_it_back(readers: Readers, function: str) -> None:
    home = BEFORE[function][0]
    scope = readers.scope(wanted(function, home, personal=False, has_stated=True), AT)
    assert not scope.reader.personal
    assert not scope.may_state


def test_a_purpose_opens_texts_to_those_who_may_state_one_and_to_nobody_else(
    readers: Readers,
) -> None:
    opened = {
        function
        for function, (home, _, _) in BEFORE.items()
        if readers.scope(wanted(function, home, has_stated=True), AT).reader.personal
        and not readers.scope(wanted(function, home), AT).reader.personal
    }
    assert opened == STATED


def test_an_account_may_name_an_area_beside_its_own(readers: Readers) -> None:
    named = frozenset({NORTH})
    assert readers.scope(wanted("duty_officer", named=named), AT).reader.areas == named
    police = wanted("police_commander", OrganisationId("police"), named=named)
    assert readers.scope(police, AT).reader.areas == named
    assert readers.scope(wanted("municipal_council", named=named), AT).reader.areas == frozenset()


def test_a_machine_reads_what_its_token_names_and_no_more(readers: Readers) -> None:
    inspector = wanted("inspector", AGENCY, is_machine=True, named=frozenset({NORTH}))
    scope = readers.scope(inspector, AT)
    assert scope.reader == Reader(
        organisations=frozenset({AGENCY}), areas=frozenset({NORTH}), personal=False
    )
    assert not scope.may_state, "no machine says what it reads for"
    system = wanted("system", is_machine=True)
    assert readers.scope(system, AT).reader == Reader(organisations=frozenset({NJB}), personal=True)
    area = wanted("area_operator", NORTH, is_machine=True)
    assert readers.scope(area, AT).reader.areas == frozenset()


def test_who_goes_on_for_another_reads_its_own_as_well(readers: Readers) -> None:
    both = frozenset({NJB, NVJB})
    assert readers.scope(wanted("duty_officer", acts_for=both), AT).reader.organisations == both


def test_an_inspector_reads_what_the_node_holds_and_no_table_names(gate: Gate) -> None:
    stranger = OrganisationId("dissolved-long-ago")
    readers = Readers(gate, lambda: {stranger})
    assert stranger in readers.scope(wanted("inspector", AGENCY), AT).reader.organisations
    assert stranger not in readers.scope(wanted("duty_officer"), AT).reader.organisations


class Told:
    """What organisations have told, as a test says."""

    def __init__(self) -> None:
        self.to: list[tuple[Actor, str, OrganisationId]] = []

    def in_emergency(self, _actor: Actor, _at: datetime) -> bool:
        return False

    def delegated(
        self, actor: Actor, act: str, _at: datetime
    ) -> Sequence[tuple[str, OrganisationId]]:
        return [("d1", by) for who, what, by in self.to if (who, what) == (actor, act)]

    def state(self, _at: datetime) -> object:
        return tuple(self.to)


def test_a_reader_is_remembered_until_what_holds_changes() -> None:
    gate, told = gate_of(book()), Told()
    gate.granted = told
    readers, officer = Readers(gate, frozenset), wanted("duty_officer")
    first = readers.scope(officer, AT)
    assert readers.scope(officer, AT + timedelta(hours=1)) is first
    told.to.append((officer.actor, HEAR_OWN, NVJB))
    then = readers.scope(officer, AT)
    assert then.reader.organisations == {NJB, NVJB}
    told.to.clear()
    assert readers.scope(officer, AT).reader == first.reader
    # Another book, in which nobody opens private texts.
    kept = tuple(each for each in book().policies if OPEN_PERSONAL not in each.names().acts)
    gate.take(msgspec.structs.replace(book(), policies=kept, mark="another"), AT)
    assert first.reader.personal
    assert not readers.scope(officer, AT).reader.personal


def test_nobody_gives_away_what_is_anothers() -> None:
    gate, told = gate_of(book()), Told()
    gate.granted = told
    officer = wanted("duty_officer")
    told.to += [(officer.actor, act, NVJB) for act in (HEAR_OWN, HEAR_AREA, "objects.open_card")]
    reader = Readers(gate, frozenset).scope(officer, AT).reader
    assert reader == Reader(organisations=frozenset({NJB, NVJB}), personal=True)
    other = Resource(owner=OrganisationId("ostbv"))
    assert not isinstance(gate(officer.actor, "objects.open_card", other, AT), Allowed)


def test_a_broken_gate_hides_nothing_from_its_own_people_but_what_names_people() -> None:
    def broken(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed:
        raise RuntimeError(actor, act, resource, at)

    scope = Readers(broken, frozenset).scope(wanted("inspector", AGENCY, has_stated=True), AT)
    assert scope == Scope(Reader(organisations=frozenset({AGENCY})))


def test_a_gate_without_a_state_is_asked_each_time() -> None:
    answers = iter((True, False))

    def may(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | None:
        assert actor.organisation == resource.owner
        assert at == AT
        return Allowed(basis="x") if act == HEAR_OWN and next(answers) else None

    readers = Readers(may, frozenset)  # type: ignore[arg-type]
    assert readers.scope(wanted("watch"), AT).reader.organisations == {NJB}
    assert readers.scope(wanted("watch"), AT).reader.organisations == frozenset()


def test_the_classes_of_need_to_know_have_a_policy_each() -> None:
    named = {act for each in book().policies for act in each.names().acts}
    classes = {
        "reading operations",
        "audience.hear_own",
        "audience.hear_area",
        "audience.open_personal",
        "audience.open_stated",
        "objects.open_card",
        "readings.see_own",
        "readings.see_all",
        "reading mandates",
    }
    assert classes <= named


@pytest.mark.parametrize(
    ("function", "home", "assigned", "may"),
    [
        ("duty_officer", NJB, False, True),
        ("duty_officer", NVJB, False, False),
        ("duty_officer", NVJB, True, True),
        ("area_operator", NORTH, True, True),
        ("planner", NJB, True, False),
        ("planner", NVJB, True, False),
        ("national_analyst", AGENCY, False, False),
        ("national_analyst", AGENCY, True, False),
        ("inspector", AGENCY, False, True),
    ],
)
@pytest.mark.requirement("E5.1")
def test_a_card_is_its_services_and_of_those_assigned(
    gate: Gate, function: str, home: OrganisationId, assigned: bool, may: bool
) -> None:
    circumstances = msgspec.structs.replace(Resource(owner=NJB).circumstances, assigned=assigned)
    resource = Resource(owner=NJB, circumstances=circumstances)
    actor = Actor(organisation=home, function=function)
    assert isinstance(gate(actor, "objects.open_card", resource, AT), Allowed) == may
