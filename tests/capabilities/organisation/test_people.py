# SPDX-License-Identifier: Apache-2.0
"""People by function and employment: counted at home, their names in the vault alone."""

from datetime import date

import msgspec
import pytest

from bavn.capabilities.organisation.decisions.people import (
    CountStaffing,
    EndEnrolment,
    EnrolPerson,
)
from bavn.capabilities.organisation.facts import PersonEnrolled
from bavn.capabilities.organisation.model.dated import all_held, on_day
from bavn.capabilities.organisation.views import PERSON, VIEWS, looking
from bavn.journal.reader import Reader
from bavn.kernel.audience import Scope
from bavn.kernel.private import Private
from tests.capabilities.organisation.house import AFTER, BEFORE, MERGER, PORT, House

COUNT = CountStaffing(function="watch", employment="part-time", count=5, on=BEFORE)
ENROL = EnrolPerson(
    person="p17",
    function="watch",
    employment="volunteer",
    on=BEFORE,
    name=Private("Anders And"),
)


def counted(house: House, on: date) -> dict[tuple[str, str], int]:
    found = on_day(looking.staffing(house.look, PORT), on)
    return {(each.id, each.body.employment): each.body.count for each in found}


def enrolled(house: House, on: date) -> list[PersonEnrolled]:
    rows = house.look(PERSON, {"owner": PORT})
    return [each.body for each in on_day(all_held(rows, PersonEnrolled), on)]


@pytest.mark.requirement("E10.2")
def test_people_are_counted_by_function_and_employment_on_any_day(house: House) -> None:
    house.done(PORT, COUNT)
    house.done(PORT, msgspec.structs.replace(COUNT, employment="conscript", count=2))
    house.done(PORT, msgspec.structs.replace(COUNT, count=7, on=MERGER))
    assert counted(house, BEFORE) == {("watch", "part-time"): 5, ("watch", "conscript"): 2}
    assert counted(house, AFTER) == {("watch", "part-time"): 7, ("watch", "conscript"): 2}


def test_a_count_of_the_same_day_replaces_the_one_before(house: House) -> None:
    house.done(PORT, COUNT)
    house.done(PORT, msgspec.structs.replace(COUNT, count=4))
    assert counted(house, AFTER) == {("watch", "part-time"): 4}


@pytest.mark.requirement("E10.2")
def test_a_person_has_a_function_for_a_time_and_a_name_only_in_the_vault(house: House) -> None:
    house.done(PORT, ENROL)
    house.done(PORT, msgspec.structs.replace(ENROL, function="keeper", on=MERGER, name=None))
    assert [each.function for each in enrolled(house, BEFORE)] == ["watch"]
    (now,) = enrolled(house, AFTER)
    assert now.function == "keeper"
    (then,) = enrolled(house, BEFORE)
    assert then.name is not None
    reader = Reader(organisations=frozenset({PORT}), personal=True)
    assert house.node.journal.query.reveal(reader, PORT, then.name) == Private("Anders And")
    history = house.node.journal.query.history(reader, PORT, "person:p17")
    assert not any(b"Anders" in bytes(item.fact.body) for item in history)


def test_a_function_ends(house: House) -> None:
    house.done(PORT, ENROL)
    house.done(PORT, EndEnrolment(person="p17", on=MERGER))
    assert len(enrolled(house, BEFORE)) == 1
    assert enrolled(house, MERGER) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (msgspec.structs.replace(COUNT, count=-1), "no_count"),
        (msgspec.structs.replace(COUNT, on=date(2026, 2, 1)), "later_change_stands"),
        (msgspec.structs.replace(ENROL, person="Anders And"), "id_not_in_form"),
        (msgspec.structs.replace(ENROL, on=date(2026, 2, 1)), "later_change_stands"),
        (EndEnrolment(person="p99", on=AFTER), "no_such_person"),
    ],
)
def test_a_refusal_says_what_to_do(house: House, content: msgspec.Struct, code: str) -> None:
    house.done(PORT, COUNT)
    house.done(PORT, ENROL)
    assert house.refused(PORT, content) == code


def test_people_stay_at_home(house: House) -> None:
    house.done(PORT, COUNT)
    house.done(PORT, ENROL)
    house.listener.hear(house.node)
    everybody = Reader(organisations=frozenset(house.country.organisations), personal=True)
    for view in VIEWS:
        if view.scope is Scope.OWN:
            assert house.listener.journal.query.rows(everybody, view) == []
