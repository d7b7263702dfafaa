# SPDX-License-Identifier: Apache-2.0
"""What operations brings to the house."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from bavn.capabilities.operations import decisions
from bavn.capabilities.operations.adapters.positions import UnitPositions
from bavn.capabilities.operations.api import HANDLERS
from bavn.capabilities.operations.decisions import (
    CloseIncident,
    CorrectIncident,
    Known,
    NoteIncident,
    ReportIncident,
    SetUnitStatus,
)
from bavn.capabilities.operations.facts import KINDS
from bavn.capabilities.operations.pages import PAGES
from bavn.capabilities.operations.ports import (
    IncidentTypes,
    NoRegistry,
    NoTerritory,
    NoTypes,
    Registry,
    Territory,
)
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.tables import (
    INCIDENT_BOARD,
    INCIDENT_DETAILS,
    UNIT_PICTURE,
    VIEWS,
)
from bavn.frame.capability import Capability, MenuEntry
from bavn.frame.country import Named
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _on_board(
    reading: Reading, request: NoteIncident | CloseIncident, _owner: OrganisationId
) -> Row | None:
    return reading.row(INCIDENT_BOARD, decisions.subject_of(request.incident))


def _known(reading: Reading, request: CorrectIncident, owner: OrganisationId) -> Known:
    subject = decisions.subject_of(request.incident)
    details = reading.rows(INCIDENT_DETAILS, {"owner": owner, "subject": subject})
    return Known(
        row=reading.row(INCIDENT_BOARD, subject),
        details=max(details, key=lambda row: str(row["changed_at_ms"]), default=None),
    )


def _standing(reading: Reading, request: SetUnitStatus, _owner: OrganisationId) -> Row | None:
    return reading.row(UNIT_PICTURE, decisions.unit_subject(request.unit))


def _unseen(_reading: Reading, _request: ReportIncident, _owner: OrganisationId) -> None:
    # An alarm waits for no look-up: it is told whatever stands on the board.
    return None


DECISIONS = (
    Decision(
        act="operations.report_incident",
        request=ReportIncident,
        load=_unseen,
        decide=decisions.report,
        alarm=True,
    ),
    Decision(
        act="operations.correct_incident",
        request=CorrectIncident,
        load=_known,
        decide=decisions.correct,
    ),
    Decision(
        act="operations.note_incident",
        request=NoteIncident,
        load=_on_board,
        decide=decisions.note,
    ),
    Decision(
        act="operations.close_incident",
        request=CloseIncident,
        load=_on_board,
        decide=decisions.close,
    ),
    Decision(
        act="operations.set_unit_status",
        request=SetUnitStatus,
        load=_standing,
        decide=decisions.set_status,
        alarm=True,
    ),
)

OPERATIONS = Capability(
    name="operations",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(
        MenuEntry(
            text="operations.menu.incidents",
            path="/incidents",
            act="operations.read_incidents",
            often=True,
        ),
    ),
)


def room(  # noqa: PLR0913 - all that operations is connected with
    *,
    territory: Territory | None = None,
    registry: Registry | None = None,
    types: IncidentTypes | None = None,
    zone: str = "UTC",
    functions: Iterable[Named] = (),
    resource_types: Iterable[Named] = (),
    capability_names: Iterable[Named] = (),
    tellers: Mapping[str, frozenset[str]] | None = None,
) -> Room:
    """What the handlers ask for as `operations`: made once for a world that is served.

    `zone` is the country's, by its name in the IANA table: pages tell its time.
    """
    return Room(
        positions=UnitPositions(),
        territory=territory or NoTerritory(),
        registry=registry or NoRegistry(),
        types=types or NoTypes(),
        zone=ZoneInfo(zone),
        functions={each.code: each for each in functions},
        resource_types={each.code: each for each in resource_types},
        capability_names={each.code: each for each in capability_names},
        tellers=tellers or {},
    )
