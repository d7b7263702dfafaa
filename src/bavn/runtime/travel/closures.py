# SPDX-License-Identifier: Apache-2.0
"""Roads, bridges and ferries that are closed for a while: `closures.csv` in the data folder.

The operator's own table, looked at anew when the file has changed. What cannot be read of it is
logged and left out: a wrong line must not stop an alarm.
"""

import csv
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from bavn.runtime import clock
from bavn.runtime.log import log_error

FILE = "closures.csv"
COLUMNS = ("name", "lat", "lon", "radius_m", "until")
# More is no closure but a region.
RADIUS_M_LIMIT = 5_000.0


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """No road leads through this circle until then."""

    name: str
    lat: float
    lon: float
    radius_m: float
    until: datetime


class Closures:
    """The closures that hold now."""

    def __init__(self, data: Path, now: Callable[[], datetime] = clock.now) -> None:
        self._path = data / FILE
        self._now = now
        self._seen: tuple[int, int] | None = None
        self._read: tuple[Closure, ...] = ()

    def now(self) -> tuple[Closure, ...]:
        """Those that are not over."""
        now = self._now()
        return tuple(each for each in self.all() if each.until > now)

    def all(self) -> tuple[Closure, ...]:
        """All that stand in the file."""
        try:
            stat = self._path.stat()
        except OSError:
            self._seen, self._read = None, ()
            return ()
        seen = stat.st_mtime_ns, stat.st_size
        if seen != self._seen:
            self._seen, self._read = seen, tuple(self._rows())
        return self._read

    def keep(self, closures: Sequence[Closure]) -> None:
        """Write the table anew, whole or not at all."""
        beside = self._path.with_suffix(".csv.new")
        with beside.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(COLUMNS)
            for each in closures:
                until = each.until.isoformat()
                table.writerow([each.name, each.lat, each.lon, each.radius_m, until])
        beside.replace(self._path)

    def _rows(self) -> list[Closure]:
        found: list[Closure] = []
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file, strict=True))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            log_error("closures.not_read", error)
            return found
        for number, row in enumerate(rows, start=2):
            try:
                one = msgspec.convert(row, Closure, strict=False)
                if one.until.tzinfo is None or not 0 < one.radius_m <= RADIUS_M_LIMIT:
                    raise ValueError("a closure has a zone in its time and a radius")  # noqa: TRY301
            except (msgspec.ValidationError, ValueError) as error:
                log_error("closures.row_not_read", error, row=number)
            else:
                found.append(one)
        return found
