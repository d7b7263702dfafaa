# SPDX-License-Identifier: Apache-2.0
"""A row of a list as a turn-out, or all that is wrong with it. Nothing else of the row is kept.

A fault never repeats what stands in a cell: lists may name people.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bavn.codecs.sheets import MOMENT, YEAR_DIGITS
from bavn.frame.country import Country
from bavn.runtime.halt import halt
from bavn.runtime.past.columns import ColumnMap, Columns

HOUR_S = 3_600
DAY_HOURS = 24
MINUTE_S = 60.0
# No type and no station has a longer name; what is longer is somebody's text.
WORDS_LIMIT = 60
# A column with more different words than this holds texts, not kinds or places.
KINDS_LIMIT = 1_000
VEHICLES_LIMIT = 500
DURATION_S_LIMIT = 86_400
# Before this no list of turn-outs was kept by machine.
YEAR_FIRST = 1980
CENTURY = 2000
# Clocks differ; what is later than this lies in the future.
LEAD = timedelta(days=1)
# The hours that were worked out last; a list is mostly in order.
HOURS_KEPT = 4_096
OUTCOMES = {
    "real": "real",
    "reel": "real",
    "reel alarm": "real",
    "blind": "blind",
    "blind alarm": "blind",
    "false": "false",
    "falsk": "false",
    "falsk alarm": "false",
}
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:[.,][0-9]{1,12})?")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
# What a text that was not written with the letters it is read with turns into.
NO_LETTER = "\ufffd"


class Fault(NamedTuple):
    """What is wrong: the row as a spreadsheet counts it, the column's name here, and a code."""

    row: int
    column: str
    code: str


class Turnout(NamedTuple):
    """One turn-out. `at` is in seconds since 1970, `hour` counts the hours of local clocks.

    The place is still as it was told: rounding wants many at once.
    """

    key: int
    at: int
    hour: int
    service: str
    type: str
    municipality: str
    x: float | None
    y: float | None
    outcome: str
    station: str
    vehicles: int | None
    turnout_s: int | None
    drive_s: int | None
    response_s: int | None
    is_twofold: bool


class Hour(NamedTuple):
    """An hour of the local clock: its beginning, and whether it comes twice or never."""

    at: int
    number: int
    is_twofold: bool
    is_skipped: bool


class Rows:
    """Reads the rows of one list."""

    def __init__(self, columns: Columns, told: ColumnMap, country: Country, now: datetime) -> None:
        self._at = columns.at
        self._width = columns.width
        self._told = told
        self._zone = ZoneInfo(told.zone or country.time_zone)
        self._local = ZoneInfo(country.time_zone)
        self._until = int((now + LEAD).timestamp())
        self._hour = lru_cache(maxsize=HOURS_KEPT)(self._worked_out)
        self._minutes = MINUTE_S if told.durations == "minutes" else 1.0
        self._types = {
            word.casefold(): each.code
            for each in country.incident_types
            for word in (each.code, each.danish, each.english)
        } | _folded(told.types)
        self._outcomes = OUTCOMES | _folded(told.outcomes)
        self._services = {
            word.casefold(): str(each.id)
            for each in country.services
            for word in (each.id, each.name)
        } | _folded(told.services)
        self._municipalities = {
            word.casefold(): each.code
            for each in country.municipalities
            for word in (each.name, each.code, each.code.lstrip("0"))
        }
        self._bounds = country.bounds
        self._in_metres = "east" in columns.at
        self._kinds: dict[str, set[str]] = {"type": set(), "station": set()}

    @property
    def in_metres(self) -> bool:
        """True when places are told in metres, else in degrees."""
        return self._in_metres

    def read(self, line: Sequence[str], row: int) -> Turnout | list[Fault]:
        """The turn-out in a line, or all that is wrong with it."""
        if len(line) != self._width:
            return [Fault(row, "", "width")]
        cell = {name: " ".join(line[at].split()) for name, at in self._at.items()}
        faults = [Fault(row, name, "letters") for name, told in cell.items() if NO_LETTER in told]
        if faults:
            return faults

        def wrong(column: str, code: str) -> None:
            faults.append(Fault(row, column, code))

        hour, second = self._moment(cell, wrong)
        x, y = self._place(cell, wrong)
        municipality = self._one_of(cell, "municipality", self._municipalities, wrong)
        service = self._service(cell, wrong)
        found = Turnout(
            key=0,
            at=hour.at + second,
            hour=hour.number,
            service=service,
            type=self._kind(cell, "type", self._types, wrong),
            municipality=municipality,
            x=x,
            y=y,
            outcome=self._one_of(cell, "outcome", self._outcomes, wrong),
            station=self._kind(cell, "station", {}, wrong),
            vehicles=self._vehicles(cell, wrong),
            turnout_s=self._duration(cell, "turnout_s", wrong),
            drive_s=self._duration(cell, "drive_s", wrong),
            response_s=self._duration(cell, "response_s", wrong),
            is_twofold=hour.is_twofold,
        )
        return faults or found._replace(key=_key(found, cell))

    def _moment(
        self, cell: Mapping[str, str], wrong: Callable[[str, str], None]
    ) -> tuple[Hour, int]:
        column = "at" if "at" in self._at else "date"
        text = cell["at"] if column == "at" else f"{cell['date']} {cell['time']}"
        parts = MOMENT.fullmatch(text)
        found = None if parts is None else self._hour_of(parts)
        nothing = Hour(0, 0, is_twofold=False, is_skipped=False)
        if parts is None or found is None:
            wrong(column, "moment")
            return nothing, 0
        minute, second = int(parts[5]), int(parts[6] or 0)
        if minute >= MINUTE_S or second >= MINUTE_S:
            wrong(column, "moment")
        elif found.is_skipped:
            wrong(column, "skipped")
        elif found.at > self._until:
            wrong(column, "future")
        return found, minute * int(MINUTE_S) + second

    def _hour_of(self, parts: re.Match[str]) -> Hour | None:
        first, month, last = parts[1], int(parts[2]), parts[3]
        is_year_first = len(first) == YEAR_DIGITS
        year, day = (int(first), int(last)) if is_year_first else (int(last), int(first))
        if not is_year_first and len(last) == 2:  # noqa: PLR2004 - as 24-12-25
            year += CENTURY
        try:
            return self._hour(year, month, day, int(parts[4]), parts["offset"] or "")
        except (ValueError, OverflowError):
            return None

    def _worked_out(self, year: int, month: int, day: int, hour: int, offset: str) -> Hour | None:
        if year < YEAR_FIRST:
            return None
        if offset:
            aware = datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{hour:02}:00{offset}")
            doubted = skipped = False
        else:
            aware = datetime(year, month, day, hour, tzinfo=self._zone)
            other = aware.replace(fold=1)
            doubted = aware.utcoffset() != other.utcoffset()
            back = aware.astimezone(UTC).astimezone(self._zone)
            skipped = back.replace(tzinfo=None) != aware.replace(tzinfo=None)
        local = aware.astimezone(self._local)
        number = (date(local.year, local.month, local.day).toordinal() - 1) * DAY_HOURS + local.hour
        return Hour(int(aware.timestamp()), number, doubted and not skipped, skipped)

    def _place(
        self, cell: Mapping[str, str], wrong: Callable[[str, str], None]
    ) -> tuple[float | None, float | None]:
        names = ("east", "north") if self._in_metres else ("lon", "lat")
        if names[0] not in cell or not (cell[names[0]] or cell[names[1]]):
            return None, None
        x, y = (_number(cell[name]) for name in names)
        if x is None or y is None:
            wrong(names[0] if x is None else names[1], "number")
            return None, None
        bounds = self._bounds
        inside = bounds.west <= x <= bounds.east and bounds.south <= y <= bounds.north
        if not self._in_metres and not inside:
            wrong(names[0], "outside")
        return x, y

    def _service(self, cell: Mapping[str, str], wrong: Callable[[str, str], None]) -> str:
        if "service" in cell:
            told = self._services.get(cell["service"].casefold())
        else:
            told = self._services.get(self._told.service.casefold())
        if told is None:
            wrong("service", "service")
        return told or ""

    def _one_of(
        self,
        cell: Mapping[str, str],
        name: str,
        known: Mapping[str, str],
        wrong: Callable[[str, str], None],
    ) -> str:
        told = cell.get(name, "")
        if not told:
            return ""
        found = known.get(told.casefold())
        if found is None:
            wrong(name, name)
        return found or ""

    def _kind(
        self,
        cell: Mapping[str, str],
        name: str,
        known: Mapping[str, str],
        wrong: Callable[[str, str], None],
    ) -> str:
        told = cell.get(name, "")
        found = known.get(told.casefold())
        if found is not None or not told:
            return found or ""
        if len(told) > WORDS_LIMIT:
            wrong(name, "long")
            return ""
        kinds = self._kinds[name]
        kinds.add(told)
        if len(kinds) > KINDS_LIMIT:
            raise halt(
                "past_texts",
                f"The column for {name} holds more than {KINDS_LIMIT} different words.",
                "It is free text, and is not to be imported: name another column in the map.",
                column=name,
                limit=KINDS_LIMIT,
            )
        return told

    def _vehicles(self, cell: Mapping[str, str], wrong: Callable[[str, str], None]) -> int | None:
        told = cell.get("vehicles", "")
        if not told:
            return None
        number = _number(told)
        if number is None or not 0 <= number <= VEHICLES_LIMIT or number != int(number):
            wrong("vehicles", "number")
            return None
        return int(number)

    def _duration(
        self, cell: Mapping[str, str], name: str, wrong: Callable[[str, str], None]
    ) -> int | None:
        told = cell.get(name, "")
        if not told:
            return None
        clock = _CLOCK.fullmatch(told)
        if clock is None:
            number = _number(told)
            seconds = None if number is None else number * self._minutes
        else:
            parts = [int(each) for each in clock.groups() if each is not None]
            # With two parts it is minutes and seconds, with three hours before them.
            seconds = float(parts[-1] + parts[-2] * MINUTE_S + sum(parts[:-2]) * HOUR_S)
        if seconds is None or not 0 <= seconds <= DURATION_S_LIMIT:
            wrong(name, "duration")
            return None
        return round(seconds)


def _key(found: Turnout, cell: Mapping[str, str]) -> int:
    """What makes a turn-out the same one again: the service's own number, else what it was.

    The words of the list are taken, not our codes for them: a better map mends what was imported.
    """
    number = cell.get("number", "")
    told: tuple[object, ...] = (found.service, found.at, "number", number)
    if not number:
        where = cell.get("municipality"), found.x, found.y, cell.get("station")
        told = (found.service, found.at, cell.get("type"), *where, found.vehicles)
    return digest(told)


def digest(values: Sequence[object]) -> int:
    """A number made of values: the same for the same, and never for others in practice."""
    raw = "\0".join("" if each is None else str(each) for each in values).encode()
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), signed=True)


def _folded(words: Mapping[str, str]) -> dict[str, str]:
    return {" ".join(word.split()).casefold(): code for word, code in words.items()}


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
