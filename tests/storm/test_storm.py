# SPDX-License-Identifier: Apache-2.0
"""Twenty storms for each change; and a storm from one seed is the same storm, to the last byte."""

import os
import subprocess
import sys

import pytest

from tests.storm.runs import run

SEEDS = range(1_000, 1_020)


@pytest.mark.storm
@pytest.mark.slow
@pytest.mark.requirement("E0.1")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_storm_breaks_no_promise(seed: int) -> None:
    report = run(seed)
    assert report.held, f"{report.check}: {report.says}; play it again: make storm SEED={seed}"


@pytest.mark.storm
def test_storms_do_what_they_are_there_for() -> None:
    counts: dict[str, int] = {}
    for seed in (0, 4, 6):
        for event, count in run(seed).counts.items():
            counts[event] = counts.get(event, 0) + count
    for event in ("backup", "commit", "down", "full", "hear", "lost", "rebuilt", "restore"):
        assert counts.get(event), f"no {event} in three storms"


@pytest.mark.storm
@pytest.mark.slow
@pytest.mark.requirement("E5.6")
def test_storms_over_tiers_do_what_they_are_there_for() -> None:
    counts: dict[str, int] = {}
    for seed in (1_001, 1_009):
        for event, count in run(seed).counts.items():
            counts[event] = counts.get(event, 0) + count
    for event in (
        "grant",
        "joined",
        "key",
        "lie",
        "restore",
        "revoked",
        "settled",
        "silent",
        "thief",
    ):
        assert counts.get(event), f"no {event} in two storms"


@pytest.mark.storm
@pytest.mark.slow
def test_one_seed_is_one_storm_in_every_process() -> None:
    traces = set()
    for hashes in ("1", "2"):
        found = subprocess.run(
            [sys.executable, "-m", "tests.storm", "--seed", "3"],
            env={**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        traces.add(found.stdout.rpartition("trace ")[2])
    assert len(traces) == 1
    assert traces.pop().strip(") \n") == run(3).trace
