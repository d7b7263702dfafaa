# SPDX-License-Identifier: Apache-2.0
"""The power goes at two hundred points under the real journal in real files."""

from pathlib import Path

import pytest

from tests.storm.bugs import BUGS
from tests.storm.power import outages

POINTS = 200


@pytest.mark.slow
@pytest.mark.requirement("E0.1")
def test_what_is_acknowledged_is_on_disk_at_each_of_200_points(tmp_path: Path) -> None:
    found = [each for seed in range(POINTS) for each in outages(seed, tmp_path / f"{seed}")]
    assert [each for each in found if not each.held] == []
    # Most points must lie behind an acknowledgement, or nothing was tried.
    assert sum(each.acknowledged > 0 for each in found) > POINTS


def test_a_journal_that_does_not_flush_is_seen_to_lose(tmp_path: Path) -> None:
    with BUGS["skip_fsync"].planted():
        seeds = range(POINTS)
        assert any(each.lost for seed in seeds for each in outages(seed, tmp_path / f"{seed}"))
