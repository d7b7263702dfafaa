# SPDX-License-Identifier: Apache-2.0
"""What is seen, and what is made of it: figures, a sorted list, and the news since one looked."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

# Nobody reads further down than this without filtering or turning the page.
ROWS_LIMIT = 100
# Three urgencies have shapes of their own; what a country has beyond them shows as the third.
RANKS = (1, 2, 3)
OUT = frozenset({"on_radio", "alerted", "en_route", "at_scene", "returning"})
AVAILABLE = "available"
# The order in which a crew goes through them.
STATUSES = ("at_scene", "en_route", "alerted", "returning")
# What stands for an incident whose type has no drawing of its own: by the group of its type. The
# names are those of web/symbols.json.
_SYMBOLS = {
    "fire": "fire",
    "nature": "wildfire",
    "rescue": "rescue",
    "assist": "assist",
    "environment": "hazmat",
    "weather": "weather",
    "supply": "supply",
    "security": "security",
}


class IncidentSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An open incident as the reader may see it.

    `urgency` counts from 1, the most urgent; 0 is unknown. `position` is the journal's position of
    the newest fact about it, and `reported_position` that of the first. `symbol` is one of the
    drawings in web/symbols.json. Names are in the caller's language. `contested` where several
    nodes have told of it, or claim to go on for its owner, and nobody has said what holds.
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
    # The code of the municipality that it is in; empty where nobody has told it.
    municipality: str = ""
    lat: float | None = None
    lon: float | None = None
    reported_at: datetime
    changed_at: datetime
    position: int
    reported_position: int
    contested: bool = False


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
    contested: bool = False


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


class Figures(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Counts of an area, or of all: nothing is estimated."""

    open: int
    urgency: tuple[int, int, int]
    urgency_unknown: int
    out: int
    available: int
    not_ready: int


class AreaFigures(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An area with its figures."""

    id: str
    name: str
    figures: Figures


class Changes(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What has happened after a position of the journal."""

    new: Sequence[IncidentSeen]
    changed: Sequence[IncidentSeen]
    closed: Sequence[ClosedSeen]

    @property
    def count(self) -> int:
        """How many in all."""
        return len(self.new) + len(self.changed) + len(self.closed)


class Look(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How somebody wants to see the list."""

    sort: str = "urgency"
    area: str = ""
    first: int = 0


def symbol_of(group: str) -> str:
    """The drawing that stands for a group of incident types.

    >>> symbol_of("nature"), symbol_of("")
    ('wildfire', 'unknown')
    """
    return _SYMBOLS.get(group, "unknown")


def rank_of(urgency: int) -> int:
    """The urgency as it is shown: 1 to 3, and 0 for unknown."""
    return min(max(urgency, 0), RANKS[-1])


def figures(incidents: Iterable[IncidentSeen], units: Iterable[UnitSeen]) -> Figures:
    """Counts of these."""
    ranks = Counter(rank_of(each.urgency) for each in incidents)
    states = Counter(each.status for each in units)
    out = sum(states[status] for status in OUT)
    return Figures(
        open=ranks.total(),
        urgency=(ranks[1], ranks[2], ranks[3]),
        urgency_unknown=ranks[0],
        out=out,
        available=states[AVAILABLE],
        # What has a status that we do not know can not be counted on.
        not_ready=states.total() - out - states[AVAILABLE],
    )


def area_figures(picture: PictureNow) -> list[AreaFigures]:
    """Every area's figures, in the order of the areas."""
    incidents = _by_area(picture.incidents)
    units = _by_area(picture.units)
    return [
        AreaFigures(
            id=area.id,
            name=area.name,
            figures=figures(incidents.get(area.id, ()), units.get(area.id, ())),
        )
        for area in picture.areas
    ]


def _by_area(seen: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for each in seen:
        found.setdefault(each.area, []).append(each)
    return found


def at_work(units: Iterable[UnitSeen]) -> dict[str, dict[str, int]]:
    """How many units of each status are at work for each incident."""
    counts: dict[str, Counter[str]] = {}
    for unit in units:
        if unit.incident is not None and unit.status in OUT:
            counts.setdefault(unit.incident, Counter())[unit.status] += 1
    return {
        incident: {status: count[status] for status in STATUSES if count[status]}
        for incident, count in counts.items()
    }


_KEYS: dict[str, Callable[[IncidentSeen], Any]] = {
    "urgency": lambda each: rank_of(each.urgency) or RANKS[-1] + 1,
    "type": lambda each: each.type_name,
    "place": lambda each: each.place_name,
    "owner": lambda each: each.owner_name,
    "reported": lambda each: each.reported_at,
    "changed": lambda each: each.changed_at,
}
# Times are wanted with the newest first; a minus before the name turns any order round.
_NEWEST_FIRST = frozenset({"reported", "changed"})
SORTS = tuple(_KEYS)


def ordered(incidents: Iterable[IncidentSeen], look: Look) -> list[IncidentSeen]:
    """The incidents of the area that is looked at, sorted; the newest first among equals."""
    turned = look.sort.startswith("-")
    name = look.sort.removeprefix("-")
    key = _KEYS.get(name, _KEYS["urgency"])
    shown = [each for each in incidents if not look.area or each.area == look.area]
    shown.sort(key=lambda each: (each.reported_at, each.id), reverse=True)
    shown.sort(key=key, reverse=turned != (name in _NEWEST_FIRST))
    return shown


def other_way(sort: str, name: str) -> str:
    """What a column's heading leads to: its own order, or that one turned round.

    >>> other_way("type", "type"), other_way("-type", "type"), other_way("type", "place")
    ('-type', 'type', 'place')
    """
    return f"-{name}" if sort == name else name


def direction(sort: str, name: str) -> str:
    """How a column is sorted now, in the words of ARIA; empty when it is not."""
    if sort.removeprefix("-") != name:
        return ""
    falls = sort.startswith("-") != (name in _NEWEST_FIRST)
    return "descending" if falls else "ascending"


def changes(picture: PictureNow, seen: int) -> Changes:
    """What is newer than the position that was seen."""
    news = [each for each in picture.incidents if each.position > seen]
    return Changes(
        new=[each for each in news if each.reported_position > seen],
        changed=[each for each in news if each.reported_position <= seen],
        closed=[each for each in picture.closed if each.position > seen],
    )


def name_of_area(areas: Iterable[AreaSeen], area: str) -> str:
    """An area's name; its id where nobody knows the name."""
    return next((each.name for each in areas if each.id == area), area)


def iso(at: datetime) -> str:
    """An instant as everything here writes it.

    >>> from datetime import UTC
    >>> iso(datetime(2026, 11, 21, 10, 0, 0, 5, tzinfo=UTC))
    '2026-11-21T10:00:00Z'
    """
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def etag(*parts: str) -> str:
    """A mark for these parts; weak, because ages in a page differ without being news."""
    return 'W/"' + "/".join(parts).replace('"', "") + '"'
