# SPDX-License-Identifier: Apache-2.0
"""A year of facts: told, heard by another node, rebuilt, verified, and started with.

Each stage runs in a process of its own, so that its memory is its own.
"""

import multiprocessing
import resource
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bavn.journal.chain import Segment
from bavn.journal.merge import Merged
from bavn.runtime.memory import settle
from bench.journals import HERE, THERE, open_journal
from bench.measure import folder, seconds
from bench.vocabulary import change, report

# About a third of a year of the whole country: 45,000 incidents with some sixty facts each are
# 2.7 million a year (an assumption, see the README of the journal).
FACTS = 1_000_000
FACTS_PER_INCIDENT = 5
GROUP = 256
STATES = tuple(f"state-{number}" for number in range(1, FACTS_PER_INCIDENT))

Stage = Callable[[Path, int], dict[str, float]]


def main(facts: int = FACTS) -> None:
    """Print what each stage costs, and the goals."""
    print(f"\n{facts:,} facts about {facts // FACTS_PER_INCIDENT:,} incidents")
    with folder() as place:
        told = _stage(_tell, place, facts)
        print(f"  told in groups of {GROUP:<24} {facts / told['seconds']:>9,.0f} facts/s")
        merged = _stage(_merge, place, facts)
        bare = _stage(_bare, place, facts)
        rate, bare_rate = facts / merged["seconds"], facts / bare["seconds"]
        print(f"  merged by another node, with its views     {rate:>9,.0f} facts/s; aim: 30,000")
        print(f"  bare sqlite3, the same bytes, 1024 a commit {bare_rate:>8,.0f} facts/s")
        print(f"  ratio to bare sqlite3: {rate / bare_rate:.2f}")
        print(f"  memory grew by {merged['grown_mb']:.0f} MB while merging; aim: 100")
        rebuilt = _stage(_rebuild, place, facts)
        rate = facts / rebuilt["seconds"]
        print(f"  all views rebuilt and swapped              {rate:>9,.0f} facts/s; aim: 30,000")
        print(f"  memory grew by {rebuilt['grown_mb']:.0f} MB while rebuilding; aim: 100")
        started = _stage(_start, place, facts)
        print(f"  start to ready {started['seconds']:.2f} s; aim: 10")
        verified = _stage(_verify, place, facts)
        rate = facts / verified["seconds"]
        print(f"  verified, views included                   {rate:>9,.0f} facts/s")
        size = (place / f"{HERE}.db").stat().st_size
        print(f"  on disk {size / facts:.0f} bytes a fact, indexes and view included")


def _alone(stage: Stage, place: Path, facts: int) -> dict[str, float]:
    settle()
    return stage(place, facts)


def _stage(stage: Stage, place: Path, facts: int) -> dict[str, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_alone, (stage, place, facts))


def _tell(place: Path, facts: int) -> dict[str, float]:
    journal = open_journal(place)
    incidents = facts // FACTS_PER_INCIDENT
    spent = 0.0
    for first in range(0, incidents, GROUP):
        numbers = range(first, min(first + GROUP, incidents))
        groups = [[report(number, numbered=True) for number in numbers]]
        groups += [[change(number, state) for number in numbers] for state in STATES]
        start = time.perf_counter()
        for group in groups:
            journal.commit(group)
        spent += time.perf_counter() - start
    assert journal.record.position == incidents * FACTS_PER_INCIDENT
    return {"seconds": spent}


def _merge(place: Path, facts: int) -> dict[str, float]:
    source, journal = open_journal(place), open_journal(place, THERE)
    spent, applied = 0.0, 0
    _hear(source.offer(THERE, journal.have(), limit=1), journal)
    before = _resident_mb()
    while segments := source.offer(THERE, journal.have()):
        start = time.perf_counter()
        applied += _hear(segments, journal)
        spent += time.perf_counter() - start
    assert journal.have() == source.have()
    return {"seconds": spent * facts / applied, "grown_mb": _peak_mb() - before}


def _hear(segments: list[Segment], journal: Any) -> int:
    applied = 0
    for segment in segments:
        merged = journal.merge(segment)
        assert isinstance(merged, Merged)
        applied += merged.applied
    return applied


def _bare(place: Path, facts: int) -> dict[str, float]:
    source = open_journal(place)
    connection = sqlite3.connect(place / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE fact (position INTEGER PRIMARY KEY, raw BLOB)")
    spent, after = 0.0, 0
    while rows := source.record.store.facts_after(after, 1024):
        start = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for row in rows:
            connection.execute("INSERT INTO fact (raw) VALUES (?)", (row.raw,))
        connection.execute("COMMIT")
        spent += time.perf_counter() - start
        after = rows[-1].position
    assert after == facts // FACTS_PER_INCIDENT * FACTS_PER_INCIDENT
    return {"seconds": spent}


def _rebuild(place: Path, _facts: int) -> dict[str, float]:
    journal = open_journal(place)
    before = _resident_mb()
    spent = seconds(journal.rebuild)
    return {"seconds": spent, "grown_mb": _peak_mb() - before}


def _start(place: Path, _facts: int) -> dict[str, float]:
    return {"seconds": seconds(lambda: open_journal(place).have())}


def _verify(place: Path, _facts: int) -> dict[str, float]:
    journal = open_journal(place)
    faults: list[object] = []
    spent = seconds(lambda: faults.extend(journal.verify()))
    assert not faults, faults
    return {"seconds": spent}


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
