# SPDX-License-Identifier: Apache-2.0
"""Who leads in each role: the last word by when it happened, whosever word it is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from bavn.kernel.identity import OrganisationId


class RoleKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A role of leadership, as the country's table has it."""

    code: str
    short: str
    danish: str
    english: str
    basis: str = ""


class Leads(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who leads or has led: from when, until when, and by whose word.

    `callsign` is empty where nobody leads. `name` is there for who may read it; `has_name` tells
    that there is one.
    """

    role: str
    callsign: str
    since: datetime
    until: datetime | None = None
    by: OrganisationId
    assigned: bool = True
    has_name: bool = False
    name: str = ""
    fact: str = ""


def succession(told: Iterable[Leads]) -> Mapping[str, Sequence[Leads]]:
    """By role, all who have led, each until the next; the one who leads now comes last.

    Of two words of one instant the one with the later id holds. Whoever left a role without
    anybody taking over ends it: then nobody leads.
    """
    by_role: dict[str, list[Leads]] = {}
    for each in sorted(told, key=lambda each: (each.since, each.fact)):
        courses = by_role.setdefault(each.role, [])
        if courses and courses[-1].until is None:
            courses[-1] = msgspec.structs.replace(courses[-1], until=each.since)
        if each.callsign:
            courses.append(each)
    return {role: courses for role, courses in by_role.items() if courses}


def now_leading(courses: Sequence[Leads]) -> Leads | None:
    """Who leads now; None where nobody does."""
    return courses[-1] if courses and courses[-1].until is None else None
