# SPDX-License-Identifier: Apache-2.0
"""The map of a list: which of its columns is what, and what its words are called here."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from bavn.frame.country import Country
from bavn.runtime.halt import Halt, halt

Encoding = Literal["", "utf-8", "windows-1252"]
# A map is written by hand; what is larger is something else.
MAP_BYTES_LIMIT = 1_000_000


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The columns of a list by their headings; what is empty is not read."""

    number: str = ""
    at: str = ""
    date: str = ""
    time: str = ""
    type: str = ""
    service: str = ""
    municipality: str = ""
    lat: str = ""
    lon: str = ""
    east: str = ""
    north: str = ""
    outcome: str = ""
    station: str = ""
    vehicles: str = ""
    turnout_s: str = ""
    drive_s: str = ""
    response_s: str = ""


class ColumnMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A map as its file says it."""

    columns: Named
    service: str = ""
    zone: str = ""
    encoding: Encoding = ""
    delimiter: Literal["", ";", ",", "\t", "|"] = ""
    durations: Literal["seconds", "minutes"] = "seconds"
    types: dict[str, str] = {}
    outcomes: dict[str, Literal["real", "blind", "false"]] = {}
    services: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a line each thing stands."""

    at: Mapping[str, int]
    width: int


def example() -> str:
    """A map with comments, to begin from."""
    return (files("bavn.runtime.past") / "example.toml").read_text(encoding="utf-8")


def read_map(path: Path, country: Country) -> ColumnMap:
    """The map in a file; halts with what is wrong in it."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAP_BYTES_LIMIT)
        found = msgspec.convert(tomllib.loads(raw.decode("utf-8-sig")), ColumnMap)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise _wrong(str(error)) from error
    named = found.columns
    if not named.at and not (named.date and named.time):
        raise _wrong("[columns] at, date, time")
    if not named.service and not found.service:
        raise _wrong("service")
    if bool(named.lat) != bool(named.lon) or bool(named.east) != bool(named.north):
        raise _wrong("[columns] lat, lon, east, north")
    try:
        ZoneInfo(found.zone or country.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _wrong(f"zone = {found.zone!r}") from error
    codes = {each.code for each in country.incident_types}
    unknown = [code for code in found.types.values() if code not in codes]
    services = {*country.organisations}
    unknown += [each for each in found.services.values() if each not in services]
    if unknown:
        raise _wrong(", ".join(unknown))
    return found


def columns_of(heading: Sequence[str], named: Named) -> Columns:
    """Find each column that the map names; halts where the list lacks one, or has it twice."""
    small = [each.strip().casefold() for each in heading]
    wanted = {name: told for name, told in msgspec.structs.asdict(named).items() if told}
    lacks = [told for told in wanted.values() if small.count(told.strip().casefold()) != 1]
    if lacks:
        raise halt(
            "past_columns",
            f"The list does not have these columns, or has them twice: {', '.join(lacks)}.",
            "Write the columns in the map as they stand in the list's first line.",
            lacks=", ".join(lacks),
        )
    at = {name: small.index(told.strip().casefold()) for name, told in wanted.items()}
    return Columns(at, len(heading))


def _wrong(what: str) -> Halt:
    return halt(
        "past_map",
        f"The map of columns cannot be used: {what}.",
        "Begin from the example: bavn import columns.",
        what=what,
    )
