# SPDX-License-Identifier: Apache-2.0
"""Which incidents may be the same: of one sort, near in place and near in time.

It is a guess for a person to look at. Nothing is ever merged, hidden or left out because of it.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from bavn.kernel.identity import OrganisationId

# Cells of about three kilometres, wider than what counts as near: its neighbours are enough.
_CELL_LAT, _CELL_LON = 0.03, 0.06
_M_PER_DEGREE = 111_195.0
Cell = tuple[str, int, int] | tuple[str, str, int]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as far as likeness goes. A place that only stands for one is no place."""

    id: str
    type: str | None
    group: str | None
    lat: float | None
    lon: float | None
    exact: bool
    municipality: str | None
    service: OrganisationId
    area: OrganisationId
    reported_at: datetime
    is_open: bool


class Nearness(msgspec.Struct, frozen=True, kw_only=True):
    """How near is near, as the country's table says."""

    exact_m: float = 0.0
    # Where one of the places is known to about a kilometre only.
    rough_m: float = 0.0
    within: timedelta = timedelta()
    basis: str = ""


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that may be the same: how far away, where both places are known, and when."""

    incident: str
    away_m: float | None
    apart_s: float


class Likeness:
    """Incidents by where they are, so that a new one is compared with its neighbours only."""

    def __init__(self, seen: Iterable[Seen], nearness: Nearness) -> None:
        self._nearness = nearness
        self.seen = tuple(seen)
        self._cells: dict[Cell, list[Seen]] = {}
        for each in self.seen:
            for cell in _own_cells(each):
                self._cells.setdefault(cell, []).append(each)

    def of(self, one: Seen) -> Sequence[Alike]:
        """Those that may be the same as this one, the likeliest first."""
        found: dict[str, Alike] = {}
        for cell in _near_cells(one):
            for other in self._cells.get(cell, ()):
                alike = None if other.id == one.id else alike_to(one, other, self._nearness)
                if alike is not None:
                    found[other.id] = alike
        return sorted(found.values(), key=lambda each: (each.away_m or 0.0, each.apart_s))


def alike_to(one: Seen, other: Seen, nearness: Nearness) -> Alike | None:
    """How alike two are; None where they are not."""
    apart = abs(one.reported_at - other.reported_at)
    is_one_sort = one.group is None or other.group is None or one.group == other.group
    if apart > nearness.within or not is_one_sort:
        return None
    away_m = _away_m(one, other)
    if away_m is None:
        # Without two places the municipality is all that there is to go by.
        is_near = one.municipality is not None and one.municipality == other.municipality
    else:
        is_exact = one.exact and other.exact
        is_near = away_m <= (nearness.exact_m if is_exact else nearness.rough_m)
    if not is_near:
        return None
    return Alike(incident=other.id, away_m=away_m, apart_s=apart.total_seconds())


def _away_m(one: Seen, other: Seen) -> float | None:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    shrunk = math.cos(math.radians((one.lat + other.lat) / 2))
    return math.hypot(one.lat - other.lat, (one.lon - other.lon) * shrunk) * _M_PER_DEGREE


def _own_cells(one: Seen) -> list[Cell]:
    """Where it is looked for: by its place, and by its municipality where a place is unknown."""
    cells: list[Cell] = [] if one.municipality is None else [("in", one.municipality, 0)]
    if one.lat is not None and one.lon is not None:
        cells.append(("at", math.floor(one.lat / _CELL_LAT), math.floor(one.lon / _CELL_LON)))
    elif one.municipality is not None:
        cells.append(("bare", one.municipality, 0))
    return cells


def _near_cells(one: Seen) -> list[Cell]:
    """Where others are looked for: whoever has a place is near by it, not by its municipality."""
    if one.lat is None or one.lon is None:
        return [] if one.municipality is None else [("in", one.municipality, 0)]
    steps = (-1, 0, 1)
    north, east = math.floor(one.lat / _CELL_LAT), math.floor(one.lon / _CELL_LON)
    cells: list[Cell] = [("at", north + up, east + right) for up in steps for right in steps]
    return cells if one.municipality is None else [*cells, ("bare", one.municipality, 0)]
