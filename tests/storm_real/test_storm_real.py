# SPDX-License-Identifier: Apache-2.0
"""A short storm of real processes breaks no promise; and planted bugs are seen."""

from pathlib import Path

import pytest

from tests.storm_real.bugs import BUGS
from tests.storm_real.faults import plan_kill
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


# Those that are seen soon; the others: python -m tests.storm_real --bug NAME.
@pytest.mark.parametrize("name", ["answers_before_commit", "knows_no_repeats"])
def test_a_planted_bug_is_seen(name: str, tmp_path: Path) -> None:
    report = run(1, tmp_path, 0.15, bugs=(name,), plan=plan_kill)
    assert report.check in BUGS[name].seen_by, report.says
