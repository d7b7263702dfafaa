# SPDX-License-Identifier: Apache-2.0
"""How we measure: several runs in turn with the peer, medians and spread, ratios, and the machine.

Machines are noisy. A rate by itself says little; the ratio of two rates measured in turn in one
run says something. Nothing here fails when a goal is missed: it is printed, and stands in the
README of the part.
"""

import os
import platform
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from bavn.runtime.memory import settle

RUNS = 5
# On the disk that the project is on: a folder in memory would make every flush free.
_FOLDER = Path(".cache/bench")


@dataclass
class Rates:
    """The rates of one contestant over the runs, per second."""

    name: str
    runs: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle of the runs."""
        return statistics.median(self.runs)

    def __str__(self) -> str:
        low, high = min(self.runs), max(self.runs)
        return f"{self.name:<44} {self.median:>9,.0f}/s   ({low:,.0f} to {high:,.0f})"


Contestant = tuple[str, Callable[[Path], float]]


def compare(title: str, ours: Contestant, peers: list[tuple[Contestant, str]]) -> None:
    """Run us and each peer in turn, and print the ratio of ours to theirs, pair by pair."""
    print(f"\n{title}")
    contestants = [ours, *(peer for peer, _ in peers)]
    rates = [Rates(name) for name, _ in contestants]
    for _ in range(RUNS):
        for (_, run), rate in zip(contestants, rates, strict=True):
            with folder() as place:
                rate.runs.append(run(place))
    for rate in rates:
        print(f"  {rate}")
    for rate, (_, goal) in zip(rates[1:], peers, strict=True):
        pairs = [a / b for a, b in zip(rates[0].runs, rate.runs, strict=True)]
        spread = f"{min(pairs):.2f} to {max(pairs):.2f}"
        print(f"  ratio to {rate.name}: {statistics.median(pairs):.2f} ({spread}); aim: {goal}")


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder on the project's disk, gone afterwards."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=_FOLDER))
    settle()
    try:
        yield place
    finally:
        shutil.rmtree(place)


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def flush_ms() -> float:
    """What one flush of the disk costs, at the median."""
    with folder() as place, (place / "flush").open("wb", buffering=0) as file:
        costs = []
        for _ in range(200):
            file.write(b"x" * 4096)
            costs.append(seconds(lambda: os.fsync(file.fileno())))
    return statistics.median(costs) * 1000


def machine() -> str:
    """The machine, its load and its disk, in a line."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()},"
        f" SQLite {apsw.sqlite_lib_version()} (apsw) and {sqlite3.sqlite_version} (sqlite3),"
        f" a flush costs {flush_ms():.2f} ms, load {load:.1f} before the start"
    )
