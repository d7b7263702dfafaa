# SPDX-License-Identifier: Apache-2.0
"""A list of turn-outs becomes a part of the history: read row by row, built beside, and swapped.

The file that is there is copied, what is new is written into the copy, and the copy takes its place
whole: who is killed in the middle leaves what was there before. Memory does not grow with the list.
"""

import codecs
import csv
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

import apsw
import numpy as np

from bavn.codecs.sheets import between_in
from bavn.engines.utm import Zone
from bavn.frame.country import Bounds, Country
from bavn.runtime.erasures import sync_folder
from bavn.runtime.folder import make_folder, make_private_file
from bavn.runtime.halt import halt
from bavn.runtime.opened import WriterLock
from bavn.runtime.past.columns import ColumnMap, columns_of
from bavn.runtime.past.rows import NO_LETTER, Fault, Rows, Turnout, digest
from bavn.runtime.past.store import FILE, FORMAT, SCHEMA, SUMMED

# Denmark's metres are counted in this zone, also where it is not the nearest.
ZONE = 32
KM_M = 1_000.0
ROWS_AT_A_TIME = 5_000
CACHE_KIB = 16_384
# What a heading is looked for in, and how much of a file is looked at at a time.
SAMPLE_BYTES, PIECE_BYTES = 65_536, 1_048_576
# A line that is longer has lost its ends; it is read in pieces, each with its fault.
LINE_LIMIT = 100_000
FAULTS_FILE = "past-faults.txt"
# More faults than this are one fault, of the map or of the list.
FAULTS_KEPT = 10_000
PREVIEW_ROWS = 20
KINDS_SHOWN = 50
NAME_LIMIT = 80
Progress = Callable[[int, int, int], None]
Say = Callable[[Fault], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The list, how it is to be read, and under which name it is kept."""

    file: Path
    name: str
    told: ColumnMap
    is_synthetic: bool = False


@dataclass(slots=True, kw_only=True)
class Imported:
    """What an import came to, or would come to."""

    row_count: int = 0
    taken_count: int = 0
    new_count: int = 0
    twofold_count: int = 0
    fault_count: int = 0
    faults: Path | None = None
    first_at: int | None = None
    last_at: int | None = None
    first: list[Turnout] = field(default_factory=list)
    types: list[tuple[str, int]] = field(default_factory=list)
    outcomes: list[tuple[str, int]] = field(default_factory=list)

    @property
    def repeat_count(self) -> int:
        """How many rows tell of a turn-out that was there already."""
        return self.taken_count - self.new_count


class Importer:
    """Adds lists to the history in a world's folder, and takes them away."""

    def __init__(self, place: Path, country: Country) -> None:
        self._place = place
        self._country = country

    def run(
        self, source: Source, at: datetime, say: Say, progress: Progress, *, preview: bool = False
    ) -> Imported:
        """Take in a list; with `preview` only say what would come of it."""
        done = Imported()
        make_folder(self._place)
        faults = self._place / FAULTS_FILE
        with closing(_Building(self._place)) as building:
            source_id, run = building.begin(
                source.name, source.file.name, at, is_synthetic=source.is_synthetic
            )
            before = building.count()
            with faults.open("w", encoding="utf-8") as told:
                for fault in self._read(
                    source, building.connection, (source_id, run), at, done, progress
                ):
                    done.fault_count += 1
                    if done.fault_count <= FAULTS_KEPT:
                        told.write(f"{say(fault)}\n")
            if done.fault_count:
                done.faults = faults
            else:
                faults.unlink()
            done.new_count = building.count() - before
            building.told(source_id, run, done)
            if not preview and done.taken_count:
                building.put()
        return done

    def invent(self, name: str, at: datetime, turnouts: Iterable[Sequence[Turnout]]) -> Imported:
        """Take in what was made up here, in batches; it is marked as invented."""
        done = Imported()
        make_folder(self._place)
        with closing(_Building(self._place)) as building:
            marks = building.begin(name, name, at, is_synthetic=True)
            for batch in turnouts:
                numbered = [*enumerate(batch, start=done.row_count + 1)]
                done.row_count += len(batch)
                faults = _taken(
                    numbered,
                    self._country.bounds,
                    building.connection,
                    marks,
                    done,
                    in_metres=False,
                )
                done.fault_count += sum(1 for _ in faults)
            building.put()
        return done

    def remove(self, name: str) -> int | None:
        """Take away what a list brought; how many turn-outs, or None where none has that name."""
        if not (self._place / FILE).exists():
            return None
        with closing(_Building(self._place)) as building:
            removed = building.remove(name)
            if removed is not None:
                building.put()
        return removed

    def _read(
        self,
        source: Source,
        connection: apsw.Connection,
        marks: tuple[int, int],
        now: datetime,
        done: Imported,
        progress: Progress,
    ) -> Iterator[Fault]:
        size, told = source.file.stat().st_size, source.told
        with source.file.open("rb") as raw:
            lines = csv.reader(_lines(raw, encoding_of(raw, told)), _dialect(raw, told))
            unbroken = _unbroken(lines)
            heading = next(unbroken, [])
            rows = Rows(columns_of(heading, told.columns), told, self._country, now)
            while batch := list(islice(unbroken, ROWS_AT_A_TIME)):
                good: list[tuple[int, Turnout]] = []
                for line in batch:
                    done.row_count += 1
                    if not any(line):
                        continue  # an empty line at the end of a sheet
                    found = rows.read(line, done.row_count + 1)
                    if isinstance(found, Turnout):
                        good.append((done.row_count + 1, found))
                    else:
                        yield from found
                yield from _taken(
                    good, self._country.bounds, connection, marks, done, in_metres=rows.in_metres
                )
                progress(min(raw.tell(), size), size, done.row_count)


class _Building:
    """The history that is about to take the other's place; only one is built at a time."""

    def __init__(self, place: Path) -> None:
        self._path = place / FILE
        self._built = place / f"{FILE}.new"
        self._lock = WriterLock(place / "past.lock")
        try:
            self._built.unlink(missing_ok=True)
            make_private_file(self._built)
            self.connection = self._begun()
        except BaseException:
            self._built.unlink(missing_ok=True)
            self._lock.release()
            raise

    def _begun(self) -> apsw.Connection:
        is_new = not self._path.exists()
        if not is_new:
            shutil.copyfile(self._path, self._built)
        connection = apsw.Connection(str(self._built))
        # It is worth nothing until it is whole: a power cut has it begun anew.
        connection.pragma("journal_mode", "OFF")
        connection.pragma("synchronous", "OFF")
        connection.pragma("cache_size", -CACHE_KIB)
        # What is sorted lies on the disk: memory is not to grow with the history.
        connection.pragma("temp_store", 1)
        if is_new:
            connection.execute(SCHEMA)
            connection.pragma("user_version", FORMAT)
        elif connection.pragma("user_version") != FORMAT:
            connection.close()
            raise halt(
                "past_form",
                f"{self._path.name} is of another form.",
                "Move it away, and import the lists anew.",
                path=self._path,
            )
        return connection

    def begin(self, name: str, file: str, at: datetime, *, is_synthetic: bool) -> tuple[int, int]:
        """Have the list be known; its number, and that of this run."""
        execute = self.connection.execute
        run = int(execute("SELECT coalesce(max(run), 0) + 1 FROM imports").get)
        execute(
            "INSERT INTO imports (name, file, run, imported_at, fault_count, is_synthetic)"
            " VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT (name) DO UPDATE SET"
            " file = ?2, run = ?3, imported_at = ?4, is_synthetic = ?5",
            (name, file, run, at.isoformat(), int(is_synthetic)),
        )
        found = execute("SELECT source FROM imports WHERE name = ?", (name,)).get
        return int(found), run

    def count(self) -> int:
        """How many turn-outs there are."""
        return int(self.connection.execute("SELECT count(*) FROM turnouts").get)

    def told(self, source: int, run: int, done: Imported) -> None:
        """What this run brought, by kind."""
        execute = self.connection.execute
        execute("UPDATE imports SET fault_count = ? WHERE source = ?", (done.fault_count, source))
        found = execute("SELECT min(at), max(at) FROM turnouts WHERE run = ?", (run,)).fetchone()
        done.first_at, done.last_at = found or (None, None)
        done.types, done.outcomes = (
            list(
                execute(
                    f"SELECT {column}, count(*) FROM turnouts WHERE run = ?"  # noqa: S608 - ours
                    " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
                    (run, KINDS_SHOWN),
                )
            )
            for column in ("type", "outcome")
        )

    def remove(self, name: str) -> int | None:
        """Take a list's turn-outs out."""
        execute = self.connection.execute
        source = execute("SELECT source FROM imports WHERE name = ?", (name,)).get
        if source is None:
            return None
        before = self.count()
        execute("DELETE FROM turnouts WHERE source = ?", (source,))
        execute("DELETE FROM imports WHERE source = ?", (source,))
        return before - self.count()

    def put(self) -> None:
        """Sum up, and put the new history in the old one's place: whole, and on the disk."""
        with self.connection:
            self.connection.execute(SUMMED)
        self.connection.close()
        handle = os.open(self._built, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        self._built.replace(self._path)
        sync_folder(self._path.parent)

    def close(self) -> None:
        """Let go; what was not put is gone."""
        self.connection.close()
        self._built.unlink(missing_ok=True)
        self._lock.release()


_PUT = """
INSERT INTO turnouts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
  source = excluded.source, run = excluded.run, content = excluded.content, at = excluded.at,
  hour = excluded.hour, service = excluded.service, type = excluded.type,
  municipality = excluded.municipality, east_km = excluded.east_km, north_km = excluded.north_km,
  outcome = excluded.outcome, station = excluded.station, vehicles = excluded.vehicles,
  turnout_s = excluded.turnout_s, drive_s = excluded.drive_s, response_s = excluded.response_s
WHERE excluded.run > run OR excluded.content > content
"""


def _taken(
    good: Sequence[tuple[int, Turnout]],
    bounds: Bounds,
    connection: apsw.Connection,
    marks: tuple[int, int],
    done: Imported,
    *,
    in_metres: bool,
) -> Iterator[Fault]:
    """Write some turn-outs; give those whose place is not in the country.

    Of several rows that tell of one turn-out the same one stays, in whatever order they come.
    """
    cells = _cells([each for _, each in good], bounds, in_metres=in_metres)
    values = []
    for (row, each), cell in zip(good, cells, strict=True):
        if cell is None:
            yield Fault(row, "east" if in_metres else "lon", "outside")
            continue
        known = (*each[1:6], *cell, *each[8:14])
        values.append((each.key, *marks, digest(known), *known))
        done.twofold_count += each.is_twofold
        if len(done.first) < PREVIEW_ROWS:
            done.first.append(each)
    with connection:
        connection.executemany(_PUT, values)
    done.taken_count += len(values)


Cell = tuple[int | None, int | None]


def _cells(turnouts: Sequence[Turnout], bounds: Bounds, *, in_metres: bool) -> list[Cell | None]:
    """The kilometre that each place lies in; None for what is not in the country."""
    found: list[Cell | None] = [(None, None)] * len(turnouts)
    placed = [at for at, each in enumerate(turnouts) if each.x is not None]
    if not placed:
        return found
    told = np.array([(turnouts[at].x, turnouts[at].y) for at in placed], dtype=np.float64)
    metres = told if in_metres else Zone(ZONE).to_metres(told)
    degrees = Zone(ZONE).to_degrees(told) if in_metres else told
    inside = (
        (degrees[:, 0] >= bounds.west)
        & (degrees[:, 0] <= bounds.east)
        & (degrees[:, 1] >= bounds.south)
        & (degrees[:, 1] <= bounds.north)
    )
    for at, (east, north), is_inside in zip(placed, metres.tolist(), inside.tolist(), strict=True):
        found[at] = (round(east / KM_M), round(north / KM_M)) if is_inside else None
    return found


def encoding_of(raw: IO[bytes], told: ColumnMap) -> str:
    """How the list is written: as its map says, else UTF-8 where all of it is, else Windows'."""
    if told.encoding:
        return "utf-8-sig" if told.encoding == "utf-8" else "cp1252"
    decoder = codecs.getincrementaldecoder("utf-8")()
    raw.seek(0)
    try:
        while piece := raw.read(PIECE_BYTES):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        raw.seek(0)
    return "utf-8-sig"


def _lines(raw: IO[bytes], encoding: str) -> Iterator[str]:
    """Lines as text, none longer than a limit; a byte that is no letter becomes a sign for that."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while line := raw.readline(LINE_LIMIT):
        yield decoder.decode(line).replace("\0", NO_LETTER)
    if rest := decoder.decode(b"", final=True):
        yield rest


def _unbroken(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    """Each row; one that is none is a single sign, which is a fault. What follows is read on."""
    while True:
        try:
            yield next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield [NO_LETTER]


def _dialect(raw: IO[bytes], told: ColumnMap) -> type[csv.Dialect]:
    """What stands between cells: as the map says, else what the heading has most of."""
    raw.seek(0)
    heading = raw.read(SAMPLE_BYTES).partition(b"\n")[0].decode("latin-1")
    raw.seek(0)

    class Found(csv.excel):
        delimiter = told.delimiter or between_in(heading)

    return Found
