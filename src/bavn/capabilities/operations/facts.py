# SPDX-License-Identifier: Apache-2.0
"""What can have happened in operations, and who is told.

What everyone may know of an incident is its type, its urgency and the town it is in. The place
itself, and whatever a caller said, is for the service that owns it and its area's centre.
"""

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind, Older
from bavn.kernel.audience import Scope


class IncidentReported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alarm came in: what sort of incident it is, and roughly where.

    Everyone may know it, so it holds no text, no address and no exact position: `latitude` and
    `longitude` are in hundredths of a degree, about a kilometre. What is unknown is left out.
    `urgency` is there when somebody set it. `owner_by` says how it was found whose incident it is.
    `place_by` says that the place is only that of a station or a municipality that was named.
    `source` is as what it was told, where the country says as what a function speaks, and `weights`
    is what it weighs by the owner's order: see model/authority.py.
    """

    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    urgency: str | None = None
    area: str | None = None
    owner_by: str | None = None
    place_by: str | None = None
    source: str | None = None
    weights: dict[str, int] = {}


class IncidentReportedV3(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it was told before a word had a weight."""

    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    urgency: str | None = None
    area: str | None = None
    owner_by: str | None = None
    place_by: str | None = None


class IncidentReportedV2(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it was told before a station or a municipality could stand for the place."""

    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    urgency: str | None = None
    area: str | None = None
    owner_by: str | None = None


class IncidentReportedV1(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it was told before urgencies and areas."""

    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class IncidentDescribedV1(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it was told before a word had a weight."""

    latitude: float | None = None
    longitude: float | None = None
    address: Sealed | None = None
    callback: Sealed | None = None
    text: Sealed | None = None


class IncidentDescribed(IncidentDescribedV1, frozen=True, kw_only=True, omit_defaults=True):
    """What a crew and its control room need to know: the exact place, and what was said.

    The texts may name people, and are sealed.
    """

    source: str | None = None
    weights: dict[str, int] = {}


class IncidentCorrectedV1(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it was told before a word had a weight."""

    incident_type: str | None = None
    municipality: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    urgency: str | None = None


class IncidentCorrected(IncidentCorrectedV1, frozen=True, kw_only=True, omit_defaults=True):
    """What everyone knows of an incident was corrected; what is left out still holds."""

    source: str | None = None
    weights: dict[str, int] = {}


class IncidentNoted(msgspec.Struct, frozen=True, kw_only=True):
    """Something about an incident was written down, for the service and who stands in for it."""

    text: Sealed | None = None


class IncidentClosed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The work at an incident is over. `outcome` tells whether there was anything."""

    outcome: str | None = None


class IncidentClosedV1(msgspec.Struct, frozen=True, kw_only=True):
    """As it was told before outcomes."""


class UnitStatusChangedV1(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it was told before a word had a weight."""

    status: str
    incident: str | None = None
    flags: list[str] = []


class UnitStatusChanged(UnitStatusChangedV1, frozen=True, kw_only=True, omit_defaults=True):
    """A unit said where it stands. `incident` is the one that the status concerns.

    A unit's word is never refused: what is odd about it stands in `flags`. `source`, `weight` and
    `hold_s` tell as what it was said, and for how long it holds against a lower word.
    """

    source: str | None = None
    weight: int = 0
    hold_s: int = 0


class AuthorityOrdered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A service said whose word holds about a field, the first above all; from now on.

    `hold_s` is for how long a word holds against a lower one; not there: until it is struck. An
    order without sources gives back the country's own.
    """

    field: str
    sources: list[str] = []
    hold_s: int | None = None


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})


def _before_weights(older: type[msgspec.Struct], body: type[msgspec.Struct]) -> Older:
    """A version that says the same, without weights."""
    return Older(body=older, read_as=lambda old: body(**msgspec.structs.asdict(old)))


INCIDENT_REPORTED = Kind(
    name="operations.incident_reported",
    version=4,
    body=IncidentReported,
    scopes=_TOLD_TO_ALL,
    alarm=True,
    older={
        1: Older(
            body=IncidentReportedV1,
            read_as=lambda old: IncidentReported(**msgspec.structs.asdict(old)),
        ),
        2: Older(
            body=IncidentReportedV2,
            read_as=lambda old: IncidentReported(**msgspec.structs.asdict(old)),
        ),
        3: _before_weights(IncidentReportedV3, IncidentReported),
    },
)
# Told `to` the area's centre; the owner reads all that it told itself. An alarm, since it comes
# with one. Place, call-back and log are what whoever stands in for the owner would need to go on.
INCIDENT_DESCRIBED = Kind(
    name="operations.incident_described",
    version=2,
    body=IncidentDescribed,
    scopes=frozenset({Scope.TO}),
    alarm=True,
    for_stand_in=True,
    older={1: _before_weights(IncidentDescribedV1, IncidentDescribed)},
)
INCIDENT_CORRECTED = Kind(
    name="operations.incident_corrected",
    version=2,
    body=IncidentCorrected,
    scopes=_TOLD_TO_ALL,
    older={1: _before_weights(IncidentCorrectedV1, IncidentCorrected)},
)
INCIDENT_NOTED = Kind(
    name="operations.incident_noted",
    version=1,
    body=IncidentNoted,
    scopes=frozenset({Scope.OWN}),
    for_stand_in=True,
)
INCIDENT_CLOSED = Kind(
    name="operations.incident_closed",
    version=2,
    body=IncidentClosed,
    # Also to whom the place was told, so that they know that it is open no longer.
    scopes=_TOLD_TO_ALL | {Scope.TO},
    for_stand_in=True,
    ends_sharing=True,
    older={1: Older(body=IncidentClosedV1, read_as=lambda _: IncidentClosed())},
)
UNIT_STATUS_CHANGED = Kind(
    name="operations.unit_status_changed",
    version=2,
    body=UnitStatusChanged,
    scopes=_TOLD_TO_ALL,
    alarm=True,
    older={1: _before_weights(UnitStatusChangedV1, UnitStatusChanged)},
)
# Everyone may know whose word holds with whom: there is nothing private in it.
AUTHORITY_ORDERED = Kind(
    name="operations.authority_ordered",
    version=1,
    body=AuthorityOrdered,
    scopes=frozenset({Scope.NATION}),
)
KINDS = (
    INCIDENT_REPORTED,
    INCIDENT_DESCRIBED,
    INCIDENT_CORRECTED,
    INCIDENT_NOTED,
    INCIDENT_CLOSED,
    UNIT_STATUS_CHANGED,
    AUTHORITY_ORDERED,
)
