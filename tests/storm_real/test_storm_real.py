# SPDX-License-Identifier: Apache-2.0
"""A short storm against real processes breaks no promise; and a planted bug is seen."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.storm_real.bugs import BUGS
from tests.storm_real.runs import run

SEED, MINUTES = 4, 0.5
pytestmark = [pytest.mark.story, pytest.mark.slow]


@pytest.mark.requirement("E0.1", "E5.6")
def test_a_storm_of_real_processes_breaks_no_promise(tmp_path: Path) -> None:
    report = run(SEED, tmp_path, MINUTES)
    again = f"play it again: python -m tests.storm_real --seed {SEED} --minutes {MINUTES}"
    assert report.held, f"{report.check}: {report.says}; {again}"
    assert report.rounds
    assert report.counts["acknowledged"]


@pytest.mark.parametrize("name", ["answers_before_commit"])
def test_a_planted_bug_is_seen(name: str, tmp_path: Path) -> None:
    report = run(1, tmp_path, 0.5, bugs=(name,))
    assert report.check in BUGS[name].seen_by, report.says
