# SPDX-License-Identifier: Apache-2.0
"""People by function and employment: how many, and who, whose names lie sealed in the vault.

Which functions and employments there are is the country's, and is checked where a request comes in.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from bavn.capabilities.organisation.facts import PersonEnrolled, StaffingCounted
from bavn.capabilities.organisation.model.dated import begins_later, ended, on_day
from bavn.capabilities.organisation.model.people import People
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import Subject, is_name
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

PEOPLE_LIMIT = 10_000  # more than all firefighters of a country the size of ours


class CountStaffing(msgspec.Struct, frozen=True, kw_only=True):
    """Say how many have a function, of one employment, from a day on."""

    function: str
    employment: str
    count: int
    on: date


class EnrolPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a person has a function from a day on. `person` is an id that tells nothing."""

    person: str
    function: str
    employment: str
    station: str = ""
    on: date
    name: Private | None = None


class EndEnrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a person no longer has a function, from a day on."""

    person: str
    on: date


def count(people: People, request: CountStaffing, context: Context) -> Sequence[Draft] | Refused:
    """The number from the day on; an earlier one ends."""
    if not 0 <= request.count <= PEOPLE_LIMIT:
        return _no("no_count", f"{request.count} is no number of people.", "Count them.")
    same = [each for each in people.counted if each.body.employment == request.employment]
    if begins_later(same, request.on):
        return _later(request.on)
    body = StaffingCounted(
        employment=request.employment,
        count=request.count,
        valid_from=request.on,
        basis=context.basis,
    )
    before = [ended(each.body, request.on) for each in on_day(same, request.on)]
    told = [each for each in before if each.valid_from != request.on] + [body]
    about = (Subject(f"staffing:{request.function}"),)
    return [Draft(body=each, about=about, happened_at=context.now) for each in told]


def enrol(people: People, request: EnrolPerson, context: Context) -> Sequence[Draft] | Refused:
    """The function from the day on; an earlier one ends. The name goes to the vault only."""
    if not is_name(request.person):
        return _no(
            "id_not_in_form", "An id has small letters, digits and dashes.", "Choose another."
        )
    if begins_later(people.enrolled, request.on):
        return _later(request.on)
    body = PersonEnrolled(
        function=request.function,
        employment=request.employment,
        station=request.station,
        valid_from=request.on,
        basis=context.basis,
    )
    about = (Subject(f"person:{request.person}"),)
    before = [ended(each.body, request.on) for each in on_day(people.enrolled, request.on)]
    drafts = [
        Draft(body=each, about=about, happened_at=context.now)
        for each in before
        if each.valid_from != request.on
    ]
    seal = {} if request.name is None else {"name": request.name}
    return [*drafts, Draft(body=body, about=about, happened_at=context.now, seal=seal)]


def end(people: People, request: EndEnrolment, context: Context) -> Sequence[Draft] | Refused:
    """The end of what the person does on the day."""
    held = on_day(people.enrolled, request.on)
    if not held:
        return _no(
            "no_such_person",
            f"Nobody of this id has a function on {request.on}.",
            "Look up the id.",
            person=request.person,
        )
    about = (Subject(f"person:{request.person}"),)
    return [
        Draft(body=ended(each.body, request.on), about=about, happened_at=context.now)
        for each in held
    ]


def _later(on: date) -> Refused:
    return _no(
        "later_change_stands",
        f"Something is already told that begins after {on}.",
        "Choose a day after it, or strike it through first.",
        on=on.isoformat(),
    )


def _no(code: str, says: str, try_instead: str, **values: str) -> Refused:
    return Refused(code=code, says=says, try_instead=try_instead, values=values)
