# SPDX-License-Identifier: Apache-2.0
"""Importing a history: `python -m bench past`.

A list of 1,000,000 invented turn-outs, and one of a tenth, each imported in a process of its own so
that its peak of memory is its own. The peer is Python's own sqlite3 in the same run: the same list,
read by the csv module and put into one table as it stands, which understands and checks nothing.
"""

import csv
import random
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.past.columns import read_map
from bavn.runtime.past.importing import Importer, Source
from bavn.runtime.past.store import FILE
from bench.measure import folder, seconds

ROWS, PART = 1_000_000, 10
SEED = 20261122
HEADING = (
    *("Nr", "Alarm", "Type", "Beredskab", "Kommune", "Bemærkning", "X", "Y"),
    *("Resultat", "Station", "Biler", "Afgang", "Kørsel", "Respons"),
)
MAP = """
[columns]
number = "Nr"
at = "Alarm"
type = "Type"
service = "Beredskab"
municipality = "Kommune"
east = "X"
north = "Y"
outcome = "Resultat"
station = "Station"
vehicles = "Biler"
turnout_s = "Afgang"
drive_s = "Kørsel"
response_s = "Respons"
"""


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """Give ten years of turn-outs in the order of time."""
    chance, country = random.Random(SEED), built_in("denmark")
    types = [each.danish for each in country.incident_types]
    services = [each.name for each in country.services]
    places = [each.name for each in country.municipalities]
    began, apart = datetime(2016, 1, 1, 12, tzinfo=UTC), timedelta(days=3_650) / count
    for number in range(count):
        at = began + number * apart
        place = (f"{chance.uniform(480e3, 700e3):.1f}".replace(".", ","), 6_200_000)
        told = (chance.choice(types), chance.choice(services), chance.choice(places), "", *place)
        times = (chance.randint(40, 300), chance.randint(100, 900), chance.randint(200, 1_200))
        # At a time of day that every clock has.
        yield (
            number,
            f"{at:%d-%m-%Y %H:%M:%S}".replace(" 02:", " 04:"),
            *told,
            "reel",
            "A",
            2,
            *times,
        )


def written(path: Path, count: int) -> Path:
    """Write a list of so many rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(HEADING)
        out.writerows(rows(count))
    return path


def ours(list_: Path, place: Path) -> None:
    """Import a list, and say how long it took and how much memory was in use at most."""
    country = built_in("denmark")
    told = list_.with_suffix(".toml")
    told.write_text(MAP, encoding="utf-8")
    source = Source(file=list_, name="bench", told=read_map(told, country))
    importer = Importer(place, country)
    began = clock.seconds()
    done = importer.run(source, clock.now(), str, lambda *_: None)
    assert done.new_count == done.row_count, (done.new_count, done.row_count, done.fault_count)
    _say(done.row_count, clock.seconds() - began)


def peer(list_: Path, place: Path) -> None:
    """Do the same with the language's own tools, and nothing understood."""
    connection = sqlite3.connect(place / "peer.db")
    marks = ", ".join("?" * len(HEADING))
    names = ", ".join(f'"{each}"' for each in HEADING)
    connection.execute(f"CREATE TABLE turnouts ({names})")
    with list_.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter=";")
        next(lines)
        took_s = seconds(
            lambda: connection.executemany(f"INSERT INTO turnouts VALUES ({marks})", lines)  # noqa: S608 - ours
        )
        took_s += seconds(connection.commit)
    (count,) = connection.execute("SELECT count(*) FROM turnouts").fetchone()
    connection.close()
    _say(count, took_s)


def _say(count: int, took_s: float) -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(count, took_s, peak_mb)


def main() -> None:
    """Measure and print."""
    print("\npast: a history is imported")
    with folder() as place:
        for count in (ROWS // PART, ROWS):
            list_ = written(place / "list.csv", count)
            found = {
                each: _apart(each, list_, place / f"{each}-{count}") for each in ("ours", "peer")
            }
            (rate, peak_mb), (peer_rate, _) = found["ours"], found["peer"]
            size_mb = (place / f"ours-{count}" / FILE).stat().st_size / 1e6
            print(
                f"  {count:>9,} rows: {rate:,.0f}/s, at most {peak_mb:.0f} MB of memory, a file of"
                f" {size_mb:.0f} MB; ratio to sqlite3 {rate / peer_rate:.2f} ({peer_rate:,.0f}/s)"
            )


def _apart(what: str, list_: Path, place: Path) -> tuple[float, float]:
    """Rows a second and the peak of memory of one of the two, in a process of its own."""
    place.mkdir()
    program = f"import sys; from pathlib import Path; from bench import past; past.{what}"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}(*map(Path, sys.argv[1:]))", str(list_), str(place)],
        check=True,
        capture_output=True,
        text=True,
        timeout=1_200,
    )
    count, took_s, peak_mb = map(float, done.stdout.split())
    return count / took_s, peak_mb
