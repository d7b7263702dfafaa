# SPDX-License-Identifier: Apache-2.0
"""What is measured: an incident is reported and changes, everybody hears, one view follows."""

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


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The incident's state changed."""

    state: str


class AreaTold(msgspec.Struct, frozen=True, kw_only=True):
    """Something that one area alone need know."""

    state: str


class TellArea(msgspec.Struct, frozen=True, kw_only=True):
    """Tell one's area something."""

    number: str
    area: OrganisationId


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Report an incident."""

    incident: str
    incident_type: str
    lat: float
    lon: float


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Change an incident that is known."""

    incident: str
    state: str


NATION = frozenset({Scope.NATION})
KINDS = (
    Kind(name="bench.reported", version=1, body=Reported, scopes=NATION),
    Kind(name="bench.changed", version=1, body=Changed, scopes=NATION),
    Kind(name="bench.area_told", version=1, body=AreaTold, scopes=frozenset({Scope.AREA})),
)


def _fold_reported(rows: SubjectRows, body: Reported, fact: Fact) -> None:
    rows.put(
        {
            "incident_type": body.incident_type,
            "lat": body.lat,
            "lon": body.lon,
            "state": "reported",
            "changed_at": fact.recorded_at,
        }
    )


def _fold_changed(rows: SubjectRows, body: Changed, fact: Fact) -> None:
    before = rows.get()
    if before is not None:
        rows.put({**before, "state": body.state, "changed_at": fact.recorded_at})


VIEW = View(
    name="bench_incident",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(
        Column("incident_type"),
        Column("lat", Sort.REAL),
        Column("lon", Sort.REAL),
        Column("state"),
        Column("changed_at"),
    ),
    folds={Reported: _fold_reported, Changed: _fold_changed},
)


def _no_state(_reading: Reading, _request: Report, _owner: OrganisationId) -> None:
    return None


def _known(reading: Reading, request: Change, _owner: OrganisationId) -> Row | None:
    return reading.row(VIEW, f"incident:{request.incident}")


def _report(_state: None, request: Report, context: Context) -> Sequence[Draft]:
    body = Reported(incident_type=request.incident_type, lat=request.lat, lon=request.lon)
    about = (Subject(f"incident:{request.incident}"),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def _change(known: Row | None, request: Change, context: Context) -> Sequence[Draft] | Refused:
    if known is None:
        return Refused(code="unknown", says="No such incident.", try_instead="Report it.")
    about = (Subject(f"incident:{request.incident}"),)
    return [Draft(body=Changed(state=request.state), about=about, happened_at=context.now)]


def _nothing(_reading: Reading, _request: TellArea, _owner: OrganisationId) -> None:
    return None


def _tell_area(_state: None, request: TellArea, context: Context) -> Sequence[Draft]:
    about = (Subject(f"word:{request.number}"),)
    body = AreaTold(state="told")
    return [Draft(body=body, about=about, happened_at=context.now, area=request.area)]


DECISIONS = (
    Decision(act="bench.tell_area", request=TellArea, load=_nothing, decide=_tell_area),
    Decision(act="bench.report", request=Report, load=_no_state, decide=_report),
    Decision(act="bench.change", request=Change, load=_known, decide=_change),
)


def catalogue() -> Catalogue:
    """The kinds, the view and the decisions."""
    return catalogue_of([Part(kinds=KINDS, views=(VIEW,), decisions=DECISIONS)])


def report(number: int, *, numbered: bool = False) -> Request:
    """A request for an incident of its own, with the sender's number if wanted."""
    content = Report(incident=f"{number:012d}", incident_type="BR-ABA", lat=57.05, lon=9.92)
    ref = f"{number:012d}" if numbered else None
    sender = "cad-service" if numbered else None
    return Request(owner=SERVICE, actor=OFFICER, content=content, sender=sender, ref=ref)


def change(number: int, state: str) -> Request:
    """A change of a known incident, numbered as a control-room system numbers it."""
    return Request(
        owner=SERVICE,
        actor=OFFICER,
        content=Change(incident=f"{number:012d}", state=state),
        sender="cad-service",
        ref=f"{number:012d}/{state}",
    )
