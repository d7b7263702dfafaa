# SPDX-License-Identifier: Apache-2.0
"""Storms against real processes at the terminal.

python -m tests.storm_real [--seed S] [--minutes M] [--bug NAME] [--tell]

Exits 1 when a promise was broken, and keeps what the nodes left for whoever looks into it.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.storm_real.bugs import BUGS
from tests.storm_real.runs import Report, run


def main() -> int:
    """Play what was asked for; the exit code."""
    asked = _arguments()
    place = Path(tempfile.mkdtemp(prefix="bavn-storm-"))
    report = run(
        asked.seed,
        place,
        asked.minutes,
        says=_say if asked.tell else None,
        bugs=(asked.bug,) if asked.bug else (),
    )
    _told(report, place)
    if report.held:
        shutil.rmtree(place)
    return 0 if report.held else 1


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - for the person at the terminal


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm_real")
    parser.add_argument("--seed", type=int, default=1, help="which faults, and when")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long things break")
    parser.add_argument("--bug", choices=sorted(BUGS), help="with this bug planted")
    parser.add_argument("--tell", action="store_true", help="say all that happens")
    return parser.parse_args()


def _told(report: Report, place: Path) -> None:
    _say(report.times.table())
    if report.held:
        _say(f"seed {report.seed} held: {report.rounds} rounds, {report.counts}")
    else:
        _say(f"seed {report.seed} broke “{report.check}” in round {report.rounds}: {report.says}")
        _say(f"what the nodes left is in {place}")


if __name__ == "__main__":
    sys.exit(main())
