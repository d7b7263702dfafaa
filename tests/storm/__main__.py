# SPDX-License-Identifier: Apache-2.0
"""Storms at the terminal, and the real disk before them.

python -m tests.storm --seed N | --seeds N | --hours H [--bug NAME] [--tell]

Plays storms until one breaks a promise; exits 1 then, and says how to play it again. With --hours
it begins with the real disk: 200 losses of power and 500 kills.
"""

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from tests.storm.broken import Broken
from tests.storm.bugs import BUGS
from tests.storm.kills import check_kills
from tests.storm.power import outages
from tests.storm.runs import Report, run

KILLS, POWER_POINTS = 500, 200
SAY_EVERY_S = 30.0


def main() -> int:
    """Play what was asked for; the exit code."""
    asked = _arguments()
    bug = BUGS[asked.bug].planted() if asked.bug else nullcontext()
    with bug:
        if asked.seed is not None:
            report = run(asked.seed, _say if asked.tell else None)
            _say(f"{report.counts}")
            return _told(report)
        if asked.seeds is not None:
            return _play(range(asked.first, asked.first + asked.seeds), None)
        if not _real_disk():
            return 1
        return _play(itertools.count(asked.first), time.monotonic() + asked.hours * 3600)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - for the person at the terminal


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--seed", type=int, help="play this one")
    what.add_argument("--seeds", type=int, help="play so many")
    what.add_argument("--hours", type=float, default=1.0, help="play on for so long")
    parser.add_argument("--first", type=int, default=0, help="the seed to begin with")
    parser.add_argument("--bug", choices=sorted(BUGS), help="with this bug planted")
    parser.add_argument("--tell", action="store_true", help="with --seed: say all that happens")
    return parser.parse_args()


def _play(seeds: Iterable[int], until: float | None) -> int:
    began = said = time.monotonic()
    count = 0
    for seed in seeds:
        report = run(seed)
        count += 1
        now = time.monotonic()
        if not report.held:
            return _told(report)
        if now - said > SAY_EVERY_S:
            said = now
            _say(f"{count} storms held, {(now - began) / count:.2f} s each")
        if until is not None and now > until:
            break
    _say(f"{count} storms held")
    return 0


def _told(report: Report) -> int:
    if report.held:
        _say(f"seed {report.seed} held; trace {report.trace}")
        return 0
    _say(f"seed {report.seed} broke “{report.check}”: {report.says}")
    _say(f"play it again: make storm SEED={report.seed}   (trace {report.trace})")
    return 1


def _real_disk() -> bool:
    """Lose power and kill processes over the real journal in real files."""
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(POWER_POINTS):
            bad = [each for each in outages(seed, Path(folder) / f"{seed}") if not each.held]
            if bad:
                _say(f"power lost, point {seed}: {bad}")
                return False
    _say(f"power lost at {POWER_POINTS} points: nothing acknowledged was lost")
    try:
        facts = check_kills(KILLS, seed=0)
    except Broken as broken:
        _say(f"kill -9: {broken}")
        return False
    _say(f"{KILLS} × kill -9: all {facts} acknowledged facts are there")
    return True


if __name__ == "__main__":
    sys.exit(main())
