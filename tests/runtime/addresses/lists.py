# SPDX-License-Identifier: Apache-2.0
"""Lists of invented addresses in Lilleland's two towns, and registers made of them."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bavn.frame.country import Bounds
from bavn.runtime.addresses.importing import Imported, Importer, Source
from bavn.runtime.addresses.register import AddressFile

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
HEADING = ("street", "number", "locality", "postcode", "town", "municipality", "lat", "lon")
CODES = frozenset({"0001", "0002"})
BOUNDS = Bounds(south=56.0, west=9.0, north=58.0, east=11.0)
# Street, number, locality, postcode, town, municipality, latitude, longitude.
Row = tuple[str, str, str, str, str, str, str, str]
EAST, WEST = ("9801", "Østby", "0001"), ("9802", "Vestby", "0002")


def row(
    street: str,
    number: str,
    where: tuple[str, str, str] = EAST,
    place: tuple[float, float] = (57.1, 10.6),
    locality: str = "",
) -> Row:
    postcode, town, code = where
    return (street, number, locality, postcode, town, code, str(place[0]), str(place[1]))


def written(path: Path, rows: Iterable[Sequence[str]], heading: Sequence[str] = HEADING) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(heading)
        out.writerows(rows)
    return path


def imported(
    data: Path,
    file: Path,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8-sig",
    without_faulty: bool = False,
) -> Imported:
    source = Source(
        file=file, name="Lilleland", as_of="2026-11", columns=columns or {}, encoding=encoding
    )
    importer = Importer(data, CODES, BOUNDS, lambda _done, _of: None)
    return importer.run(source, NOW, without_faulty=without_faulty)


def register(data: Path, rows: Iterable[Sequence[str]]) -> AddressFile:
    done = imported(data, written(data / "list.csv", rows))
    assert done.in_use, done
    return AddressFile(data)
