# SPDX-License-Identifier: Apache-2.0
"""What operations brings to the house."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
from bavn.capabilities.operations.decisions.ordering import OrderAuthority, order
from bavn.capabilities.operations.facts import KINDS
from bavn.capabilities.operations.model.authority import NO_AUTHORITY, Authority, authority_subject
from bavn.capabilities.operations.pages import PAGES
from bavn.capabilities.operations.ports import (
    IncidentTypes,
    NoRegistry,
    NoTerritory,
    NoTypes,
    Registry,
    Territory,
)
from bavn.capabilities.operations.views.authority import orders_in
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.tables import (
    AUTHORITY,
    INCIDENT_BOARD,
    INCIDENT_DETAILS,
    UNIT_PICTURE,
    VIEWS,
)
from bavn.frame.capability import Capability, MenuEntry
from bavn.frame.country import Named
from bavn.journal.catalogue import Part
from bavn.journal.decision import Context, Decision, Reading
from bavn.journal.fact import Draft
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId


def _on_board(
    reading: Reading, request: NoteIncident | CloseIncident, _owner: OrganisationId
) -> Row | None:
    return reading.row(INCIDENT_BOARD, decisions.subject_of(request.incident))


@dataclass(frozen=True, slots=True)
class _Loads:
    """What is looked at before it is decided, by a country's order of whose word holds."""

    base: Authority

    def authority(self, reading: Reading, _request: object, owner: OrganisationId) -> Authority:
        """The country's order with what the owner has ordered: all that an alarm looks at."""
        where: dict[str, Value] = {"owner": owner, "subject": authority_subject(owner)}
        return self.base.changed(orders_in(reading.rows(AUTHORITY, where)))

    def known(self, reading: Reading, request: CorrectIncident, owner: OrganisationId) -> Known:
        """What stands of an incident."""
        subject = decisions.subject_of(request.incident)
        details = reading.rows(INCIDENT_DETAILS, {"owner": owner, "subject": subject})
        return Known(
            row=reading.row(INCIDENT_BOARD, subject),
            details=max(details, key=lambda row: str(row["changed_at_ms"]), default=None),
            authority=self.authority(reading, request, owner),
        )

    def standing(
        self, reading: Reading, request: SetUnitStatus, owner: OrganisationId
    ) -> tuple[Row | None, Authority]:
        """Where a unit stands."""
        row = reading.row(UNIT_PICTURE, decisions.unit_subject(request.unit))
        return row, self.authority(reading, request, owner)


def _set_status(
    stands: tuple[Row | None, Authority], request: SetUnitStatus, context: Context
) -> Sequence[Draft]:
    return decisions.set_status(stands[0], request, context, stands[1])


def _deciding(loads: _Loads) -> tuple[Decision, ...]:
    return (
        Decision(
            act="operations.report_incident",
            request=ReportIncident,
            load=loads.authority,
            decide=decisions.report,
            alarm=True,
        ),
        Decision(
            act="operations.correct_incident",
            request=CorrectIncident,
            load=loads.known,
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
            load=loads.standing,
            decide=_set_status,
            alarm=True,
        ),
        Decision(
            act="operations.order_authority",
            request=OrderAuthority,
            load=loads.authority,
            decide=order,
        ),
    )


def operations(authority: Authority = NO_AUTHORITY) -> Capability:
    """Operations, by a country's order of whose word holds; without one the last word does."""
    return Capability(
        name="operations",
        part=Part(kinds=KINDS, views=VIEWS, decisions=_deciding(_Loads(authority))),
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


OPERATIONS = operations()


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
    authority: Authority = NO_AUTHORITY,
    sources: Iterable[Named] = (),
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
        authority=authority,
        sources={each.code: each for each in sources},
    )
