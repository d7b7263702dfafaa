# SPDX-License-Identifier: Apache-2.0
"""What is measured: one kind that everybody hears, one view of one row per incident, a plain decision."""

from collections.abc import Sequence

import msgspec

from bavn.journal.catalogue import Catalogue, Part, catalogue_of
from bavn.journal.decision import Context, Decision, Reading, Request
from bavn.journal.fact import Draft, Fact
from bavn.journal.kinds import Kind
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused

SERVICE = OrganisationId("service")
OFFICER = Actor(organisation=SERVICE, function="duty_officer")


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """An incident was reported: a type and a place."""

    incident_type: str
    lat: float
    lon: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Report an incident."""

    incident: str
    incident_type: str
    lat: float
    lon: float


KIND = Kind(name="bench.reported", version=1, body=Reported, scopes=frozenset({Scope.NATION}))


def _fold(rows: SubjectRows, body: Reported, fact: Fact) -> None:
    rows.put(
        {
            "incident_type": body.incident_type,
            "lat": body.lat,
            "lon": body.lon,
            "reported_at": fact.recorded_at,
        }
    )


VIEW = View(
    name="bench_incident",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(
        Column("incident_type"),
        Column("lat", Sort.REAL),
        Column("lon", Sort.REAL),
        Column("reported_at"),
    ),
    folds={Reported: _fold},
)


def _load(reading: Reading, request: Report, _owner: OrganisationId) -> Row | None:
    return reading.row(VIEW, f"incident:{request.incident}")


def _decide(state: Row | None, request: Report, context: Context) -> Sequence[Draft] | Refused:
    if state is not None:
        return Refused(code="known", says="Reported before.", try_instead="Correct it.")
    body = Reported(incident_type=request.incident_type, lat=request.lat, lon=request.lon)
    about = (Subject(f"incident:{request.incident}"),)
    return [Draft(body=body, about=about, happened_at=context.now)]


DECISION = Decision(act="bench.report", request=Report, load=_load, decide=_decide)


def catalogue() -> Catalogue:
    """The one kind, view and decision."""
    return catalogue_of([Part(kinds=(KIND,), views=(VIEW,), decisions=(DECISION,))])


def reports(first: int, count: int) -> list[Request]:
    """So many requests for incidents of their own, each with the sender's number."""
    return [
        Request(
            owner=SERVICE,
            actor=OFFICER,
            content=Report(incident=f"{number:012d}", incident_type="BR-ABA", lat=57.05, lon=9.92),
            sender="cad-service",
            ref=f"{number:012d}",
        )
        for number in range(first, first + count)
    ]
