# SPDX-License-Identifier: Apache-2.0
"""A notice as it stands, when it holds, and whether it does at a place."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import msgspec

from bavn.capabilities.notices.facts import Polygon, Position, Ring, Where
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.place import metres_between

# What is over is shown for so long, for whoever comes on watch.
SHOWN_AFTER = timedelta(days=1)
_METRES_A_KM = 1_000


class KindKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of notice, and within how many kilometres of its points one concerns an incident."""

    code: str
    danish: str
    english: str
    near_km: float
    basis: str


class StepKnown(msgspec.Struct, frozen=True, kw_only=True):
    """How serious one may be: the higher the rank, the more; a serious one wants a person."""

    code: str
    danish: str
    english: str
    rank: int
    is_serious: bool
    basis: str


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is, as far as it is known."""

    lat: float | None = None
    lon: float | None = None
    municipality: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it was told last; `by` told it here, `source` says so."""

    id: str
    owner: OrganisationId
    by: Actor
    number: str
    kind: str
    step: str
    title: str
    text: str
    source: str
    link: str
    issued_at: datetime
    told_at: datetime
    valid_from: datetime
    valid_to: datetime
    where: Where
    withdrawn_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """When it holds no longer: its time is over, or it was withdrawn before."""
        return self.valid_to if self.withdrawn_at is None else min(self.withdrawn_at, self.valid_to)

    def holds(self, at: datetime) -> bool:
        """True from when it begins until before it ends."""
        return self.valid_from <= at < self.ends_at

    def comes(self, at: datetime) -> bool:
        """True before it begins, unless it never will."""
        return at < self.valid_from < self.ends_at

    def is_over(self, at: datetime) -> bool:
        """True when it does not hold, and will not."""
        return not self.holds(at) and not self.comes(at)


def ordered(notices: Collection[Notice], ranks: Mapping[str, int]) -> list[Notice]:
    """The most serious first; of those alike what ends first, since that is what to hurry with."""
    return sorted(
        notices,
        key=lambda each: (-ranks.get(each.step, 0), each.valid_to, each.title, each.id),
    )


def concerns(where: Where, spot: Spot, touched: Collection[str], near_km: float) -> bool:
    """True when a notice that holds there concerns a place.

    `touched` are the municipalities that its polygons and points lie in: what is known by its
    municipality alone is concerned when any of that is.
    """
    if where.everywhere or spot.municipality in where.municipalities:
        return True
    if spot.lat is None or spot.lon is None:
        return spot.municipality in touched
    if any(is_inside((spot.lon, spot.lat), each) for each in where.polygons):
        return True
    here = (spot.lat, spot.lon)
    metres = near_km * _METRES_A_KM
    return any(metres_between(here, (lat, lon)) <= metres for lon, lat in where.points)


def is_inside(at: Position, polygon: Polygon) -> bool:
    """True for a position within a polygon and in none of its holes."""
    return (
        bool(polygon)
        and _within(at, polygon[0])
        and not any(_within(at, hole) for hole in polygon[1:])
    )


def _within(at: Position, ring: Ring) -> bool:
    """By how often a line to the east crosses the ring (the even-odd rule)."""
    x, y = at
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
