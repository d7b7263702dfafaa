# SPDX-License-Identifier: Apache-2.0
"""Calls of the past: read from a table row by row, or from what is on record here.

Nothing is kept of a row that has been read, however long the table is. A cell's own words are never
repeated in a fault: such files may name people.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from bavn.capabilities.operations.views.tables import INCIDENT_PICTURE
from bavn.codecs.sheets import number_in
from bavn.frame.country import Country
from bavn.journal.reader import NOBODY, Query
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.runtime.halt import halt

NAMES = ("time", "type", "place", "lat", "lon", "municipality")
# As spreadsheets write them beside ISO 8601: day, month, year.
_DANISH = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})[ T]+(\d{1,2})[:.](\d{2})(?::(\d{2}))?")


class PastCall(NamedTuple):
    """One call: its row or its number, when and where it was, and of which type."""

    name: str
    at: datetime
    type: str
    lat: float
    lon: float


class RowFault(NamedTuple):
    """What is wrong with a row, and in which column."""

    row: int
    column: str
    fault: str


Faulted = Callable[[RowFault], None]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of calls: what its columns are called, how it is written, and of which country."""

    path: Path
    columns: Mapping[str, str]
    encoding: str
    country: Country
    zone: tzinfo

    def calls(self, faulted: Faulted, read: Callable[[int], None]) -> Iterator[PastCall]:
        """Each call without fault; `read` is told how many bytes have been read."""
        types = {each.code for each in self.country.incident_types}
        towns = {each.code: (each.town_lat, each.town_lon) for each in self.country.municipalities}
        with self.path.open(encoding=self.encoding, newline="") as file:
            first = file.readline()
            between = max(",;\t", key=first.count)
            heading = [
                each.strip().casefold() for each in next(csv.reader([first], delimiter=between), [])
            ]
            at = self._places(heading)
            size = len(first)
            rows = csv.reader(file, delimiter=between)
            for number, line in enumerate(rows, start=2):
                size += sum(map(len, line)) + len(line)
                if number % 256 == 0:
                    read(size)
                if not any(cell.strip() for cell in line):
                    continue
                cells = {
                    name: line[place].strip() for name, place in at.items() if place < len(line)
                }
                found = self._call(number, cells, types, towns)
                if isinstance(found, RowFault):
                    faulted(found)
                else:
                    yield found

    def _places(self, heading: list[str]) -> dict[str, int]:
        wanted = {name: self.columns.get(name, name).casefold() for name in NAMES}
        at = {name: heading.index(column) for name, column in wanted.items() if column in heading}
        is_placed = "place" in at or "municipality" in at or {"lat", "lon"} <= at.keys()
        if not {"time", "type"} <= at.keys() or not is_placed:
            raise halt(
                "picklist_columns",
                "The table has no columns for time, type and place.",
                "Name them: --column time=… type=… and place=… (or lat, lon, or municipality).",
                columns=", ".join(sorted(at)) or "-",
            )
        return at

    def _call(
        self,
        number: int,
        cells: Mapping[str, str],
        types: set[str],
        towns: Mapping[str, tuple[float, float]],
    ) -> PastCall | RowFault:
        at = moment_in(cells.get("time", ""), self.zone)
        if at is None:
            return RowFault(number, "time", "no_time")
        type_ = cells.get("type", "")
        if type_ not in types:
            return RowFault(number, "type", "no_type")
        place = _point(cells)
        if place is None and cells.get("municipality"):
            place = towns.get(cells["municipality"].zfill(4))
        if place is None:
            return RowFault(number, "place", "no_place")
        bounds = self.country.bounds
        if not (
            bounds.south <= place[0] <= bounds.north and bounds.west <= place[1] <= bounds.east
        ):
            return RowFault(number, "place", "outside")
        return PastCall(str(number), at, type_, *place)


def moment_in(text: str, zone: tzinfo) -> datetime | None:
    """An instant as ISO 8601 or as day-month-year; without a zone it is the country's own time.

    Of the hour that there is twice in autumn the first is meant.
    """
    if match := _DANISH.fullmatch(text.strip()):
        day, month, year, hour, minute, second = (int(each or 0) for each in match.groups())
        text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _point(cells: Mapping[str, str]) -> tuple[float, float] | None:
    parts = [cells.get("lat", ""), cells.get("lon", "")]
    if not all(parts) and cells.get("place"):
        between = ";" if ";" in cells["place"] else " " if ", " not in cells["place"] else ", "
        parts = [each.strip(" ,") for each in cells["place"].split(between, 1)]
    if len(parts) != len(("lat", "lon")):
        return None
    lat, lon = (number_in(each) for each in parts)
    return None if lat is None or lon is None else (lat, lon)


def calls_on_record(
    query: Query, service: OrganisationId, first: date, last: date, zone: tzinfo
) -> Iterator[PastCall]:
    """The service's own incidents of these days, as the nation knows them: to about a kilometre."""
    for row in query.rows(NOBODY, INCIDENT_PICTURE, {"owner": service}):
        at = instant_of(int(str(row["reported_at_ms"])))
        if not first <= at.astimezone(zone).date() <= last or row["incident_type"] is None:
            continue
        lat, lon = row["latitude"], row["longitude"]
        if isinstance(lat, float) and isinstance(lon, float):
            name = str(row["subject"]).partition(":")[2]
            yield PastCall(name, at, str(row["incident_type"]), lat, lon)
