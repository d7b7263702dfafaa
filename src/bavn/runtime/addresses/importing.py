# SPDX-License-Identifier: Apache-2.0
"""A list of addresses becomes a register: read row by row, built beside the old one, and swapped.

Memory does not grow with the list: a street's number is made of its name, so that none has to be
remembered, and what is written goes to the disk as it comes.
"""

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import apsw
import numpy as np

from bavn.engines.utm import Zone
from bavn.frame.country import Bounds
from bavn.kernel.refusal import Problem
from bavn.runtime.addresses.columns import Columns, House, Reader, columns_of
from bavn.runtime.addresses.register import FILE, FORMAT, MICRO, SCHEMA
from bavn.runtime.addresses.words import key_of, keys_of, plain_of, words_of
from bavn.runtime.erasures import sync_folder
from bavn.runtime.folder import OWNER_ONLY_FILE
from bavn.runtime.halt import halt

# The country's addresses are measured in this zone, also where it is not the nearest.
ZONE = 32
ROWS_AT_A_TIME = 5_000
# A register of the whole country fits several times; what is larger is something else.
CACHE_KIB = 65_536
SAMPLE_CHARACTERS = 4_096
FAULTS_FILE = "addresses-faults.txt"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The list, and what its maker says of it."""

    file: Path
    name: str
    as_of: str
    columns: Mapping[str, str]
    encoding: str = "utf-8-sig"
    is_invented: bool = False


@dataclass(slots=True, kw_only=True)
class Imported:
    """What an import came to. The first faults are here, all of them in the file of faults."""

    row_count: int = 0
    house_count: int = 0
    street_count: int = 0
    repeat_count: int = 0
    fault_count: int = 0
    faults: Path | None = None
    in_use: bool = False


class Importer:
    """Builds a register for one country in a data folder."""

    def __init__(
        self, data: Path, municipalities: frozenset[str], bounds: Bounds, progress: Progress
    ) -> None:
        self._data = data
        self._municipalities = municipalities
        self._bounds = bounds
        self._progress = progress

    def run(self, source: Source, at: datetime, *, without_faulty: bool) -> Imported:
        """Import the list. With faults in it the old register stays, unless that is accepted."""
        built, faults = self._data / f"{FILE}.new", self._data / FAULTS_FILE
        done = Imported()
        built.unlink(missing_ok=True)
        try:
            with faults.open("w", encoding="utf-8") as told, closing(_new(built)) as connection:
                for problem in self._rows(source, connection, done):
                    done.fault_count += 1
                    told.write(f"{problem.where}: {problem.says}\n")
                _finished(connection, source, at, done)
            if done.fault_count:
                done.faults = faults
            else:
                faults.unlink()
            if done.house_count and (without_faulty or not done.fault_count):
                _put(built, self._data / FILE)
                done.in_use = True
        finally:
            built.unlink(missing_ok=True)
        return done

    def _rows(
        self, source: Source, connection: apsw.Connection, done: Imported
    ) -> Iterator[Problem]:
        size = source.file.stat().st_size
        with (
            source.file.open("rb") as raw,
            io.TextIOWrapper(raw, encoding=source.encoding, newline="") as text,
        ):
            try:
                lines = csv.reader(text, _dialect(text.read(SAMPLE_CHARACTERS)))
                text.seek(0)
                columns = columns_of(next(lines, []), source.columns)
                reader = Reader(columns, self._municipalities, self._bounds)
                while batch := list(islice(lines, ROWS_AT_A_TIME)):
                    first = done.row_count + 2
                    done.row_count += len(batch)
                    yield from _taken(reader, columns, batch, first, connection, done)
                    self._progress(min(raw.tell(), size), size)
            except (UnicodeDecodeError, csv.Error) as error:
                raise halt(
                    "addresses_unreadable",
                    f"{source.file.name} cannot be read after row {done.row_count + 1}: {error}.",
                    "Save it as CSV in UTF-8, or say --encoding latin-1.",
                    file=source.file.name,
                    row=done.row_count + 1,
                    fault=error,
                ) from error


def _taken(
    reader: Reader,
    columns: Columns,
    batch: list[list[str]],
    first: int,
    connection: apsw.Connection,
    done: Imported,
) -> Iterator[Problem]:
    """Take in some rows; give what is wrong with them."""
    houses: list[tuple[int, House]] = []
    for number, line in enumerate(batch, start=first):
        found = reader.read(line, number)
        if isinstance(found, House):
            houses.append((number, found))
        else:
            yield from found
    if not houses:
        return
    places = np.array([(house.x, house.y) for _, house in houses], dtype=np.float64)
    if columns.in_metres:
        places = Zone(ZONE).to_degrees(places)
    streets: dict[int, tuple[object, ...]] = {}
    rows = []
    for (number, house), (lon, lat) in zip(houses, places.tolist(), strict=True):
        outside = reader.outside(lat, lon, number)
        if outside is not None:
            yield outside
            continue
        street = _number_of(house)
        if street not in streets:
            streets[street] = _street(street, house)
        place = round(lat * MICRO), round(lon * MICRO)
        rows.append((street, house.number, house.letter, *place))
    with connection:
        connection.executemany(
            "INSERT OR IGNORE INTO streets (id, name, postcode, town, locality, municipality,"
            " plain, town_key, locality_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            streets.values(),
        )
        before = connection.total_changes()
        connection.executemany("INSERT OR IGNORE INTO houses VALUES (?, ?, ?, ?, ?)", rows)
        new = connection.total_changes() - before
    done.house_count += new
    # A list of flats names each house once for each of them.
    done.repeat_count += len(rows) - new


def _street(number: int, house: House) -> tuple[object, ...]:
    towns = key_of(words_of(house.town)), key_of(words_of(house.locality))
    named = house.street, house.postcode, house.town, house.locality, house.municipality
    return (number, *named, plain_of(house.street), *towns)


def _number_of(house: House) -> int:
    named = (house.street, house.postcode, house.locality, house.municipality)
    digest = blake2b("\0".join(named).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _new(path: Path) -> apsw.Connection:
    path.touch(mode=OWNER_ONLY_FILE)
    connection = apsw.Connection(str(path))
    # It is worth nothing until it is whole: a power cut has it begun anew.
    connection.pragma("journal_mode", "OFF")
    connection.pragma("synchronous", "OFF")
    connection.pragma("cache_size", -CACHE_KIB)
    connection.execute(SCHEMA)
    return connection


def _finished(connection: apsw.Connection, source: Source, at: datetime, done: Imported) -> None:
    """Give each street its keys and the middle of its houses, and the file its own account."""
    with connection:
        connection.execute(
            "UPDATE streets SET (lat, lon, house_count) = (SELECT CAST(avg(lat) AS INTEGER),"
            " CAST(avg(lon) AS INTEGER), count(*) FROM houses WHERE street = streets.id)"
        )
        connection.executemany(
            "INSERT OR IGNORE INTO keys VALUES (?, ?)",
            (
                (key, street)
                for street, name in connection.execute("SELECT id, name FROM streets")
                for key in keys_of(str(name))
            ),
        )
        done.street_count = int(connection.execute("SELECT count(*) FROM streets").get)
        told = {
            "source": source.name,
            "as_of": source.as_of,
            "imported_at": at.isoformat(),
            "house_count": str(done.house_count),
            "street_count": str(done.street_count),
            "is_invented": "yes" if source.is_invented else "no",
        }
        connection.executemany("INSERT INTO about VALUES (?, ?)", told.items())
    connection.execute("ANALYZE")
    connection.pragma("user_version", FORMAT)


def _put(built: Path, path: Path) -> None:
    """Put the new register in the old one's place; whoever reads has the one or the other."""
    handle = os.open(built, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    built.replace(path)
    sync_folder(path.parent)


def _dialect(sample: str) -> type[csv.Dialect]:
    """What stands between cells, by the heading: a comma, a semicolon or a tab."""
    heading = sample.partition("\n")[0]

    class Found(csv.excel):
        delimiter = max((",", ";", "\t"), key=heading.count)
        strict = True

    return Found


def remove(data: Path) -> bool:
    """Take the register out of use; False when there was none."""
    path = data / FILE
    if not path.exists():
        return False
    path.unlink()
    sync_folder(data)
    return True
