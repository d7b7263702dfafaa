# SPDX-License-Identifier: Apache-2.0
"""What the picture is made of, and whom it is asked of: others know the incidents and the units."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from bavn.frame.call import Call


class IncidentSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An open incident as the reader may see it.

    `urgency` counts from 1, the most urgent; 0 is unknown. `position` is the journal's position of
    the newest fact about it, and `reported_position` that of the first. `symbol` is one of the
    drawings in web/symbols.json. Names are in the caller's language.
    """

    id: str
    type: str
    type_name: str
    symbol: str
    urgency: int
    owner: str
    owner_name: str
    area: str
    place_name: str
    lat: float | None = None
    lon: float | None = None
    reported_at: datetime
    changed_at: datetime
    position: int
    reported_position: int


class UnitSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A unit: its last status and its last place, each with its age."""

    id: str
    callsign: str
    type: str
    status: str
    status_at: datetime
    service: str
    area: str
    station: str | None = None
    incident: str | None = None
    lat: float | None = None
    lon: float | None = None
    place_at: datetime | None = None


class ClosedSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An incident that was closed lately."""

    id: str
    type_name: str
    owner_name: str
    area: str
    closed_at: datetime
    position: int


class AreaSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An area."""

    id: str
    name: str


class PictureNow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All that a reader may see now.

    `urgencies` are the names of the urgencies in the caller's language, the most urgent first.
    """

    position: int
    areas: Sequence[AreaSeen]
    incidents: Sequence[IncidentSeen]
    units: Sequence[UnitSeen]
    closed: Sequence[ClosedSeen]
    urgencies: Sequence[str]


class Picture(Protocol):
    """Who knows what happens: `node` connects it with operations and the country."""

    def stamp(self, call: Call) -> str:
        """What differs whenever the caller's picture differs; cheap, and asked at every look."""

    def now(self, call: Call) -> PictureNow:
        """The picture, within what the caller may read."""
