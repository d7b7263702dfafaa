# SPDX-License-Identifier: Apache-2.0
"""One fire as facts: reported, sent to, helped with, closed; and a ruler that needs no house."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from bavn.capabilities.command.facts import LeaderNamed
from bavn.capabilities.dispatch.facts import UnitsOrdered
from bavn.capabilities.operations.facts import (
    IncidentClosed,
    IncidentCorrected,
    IncidentDescribed,
    IncidentReported,
    UnitStatusChanged,
)
from bavn.capabilities.operations.model.intervals import UnitWord, turnouts
from bavn.capabilities.receiving.facts import AlarmTaken
from bavn.capabilities.reinforcement.facts import AssistanceCalled, HelpAnswered
from bavn.capabilities.reports.model.courses import Course, Word
from bavn.capabilities.reports.model.report import CrewWord
from bavn.capabilities.reports.model.told import Told
from bavn.journal.fact import Sealed
from bavn.kernel.identity import OrganisationId
from bavn.node.reporting import course_of

OURS, THEIRS = OrganisationId("east"), OrganisationId("west")
BEGUN = datetime(2027, 3, 1, 22, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return BEGUN + timedelta(minutes=minutes)


def told(minutes: float, body: msgspec.Struct, owner: OrganisationId = OURS, *about: str) -> Told:
    name = type(body).__name__
    return Told(
        id=f"{name}-{owner}-{minutes}",
        owner=owner,
        function="duty_officer",
        at=at(minutes),
        about=("incident:i1", *about),
        body=body,
    )


def says(minutes: float, unit: str, status: str, owner: OrganisationId = OURS) -> Told:
    body = UnitStatusChanged(status=status, incident="i1")
    return told(minutes, body, owner, f"unit:{unit}")


ALARM = told(0, AlarmTaken(told_code="ABA", type="BR-ABA"))
CLOSED = told(95, IncidentClosed(outcome="blind_automatic"))
RETYPED = told(20, IncidentCorrected(incident_type="BR-GRD"))
FIRE: tuple[Told, ...] = (
    told(0, IncidentReported(incident_type="BR-ABA", municipality="0851")),
    ALARM,
    told(0.5, IncidentDescribed(address=Sealed(sealed="ab", key="east/incident:i1"))),
    told(1, UnitsOrdered(units=("e-1",)), OURS, "unit:e-1"),
    says(2, "e-1", "alerted"),
    says(3.5, "e-1", "en_route"),
    says(10, "e-1", "at_scene"),
    told(12, LeaderNamed(role="isl-rb", callsign="ISL 1")),
    told(15, AssistanceCalled(of=(THEIRS,))),
    told(17, HelpAnswered(coming=True, units=("w-1",)), THEIRS, "unit:w-1"),
    says(18, "w-1", "en_route", THEIRS),
    RETYPED,
    says(30, "w-1", "at_scene", THEIRS),
    says(88.2, "w-1", "available", THEIRS),
    says(90, "e-1", "available"),
    CLOSED,
)
CREWS = (
    CrewWord(unit="e-1", count=5, at=at(-60), fact="c1"),
    CrewWord(unit="w-1", count=3, at=at(5), fact="c2"),
    CrewWord(unit="e-1", count=8, at=at(120), fact="c3"),
)


def measure(words: Sequence[Word]) -> list[Course]:
    said = [UnitWord(unit=each.unit, status=each.status, at=each.at) for each in words]
    return [course_of(each) for each in turnouts(said, {each.unit for each in words})]
