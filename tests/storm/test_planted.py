# SPDX-License-Identifier: Apache-2.0
"""The storm can fail: each planted bug is seen, by the check that is there for it."""

import pytest

from tests.storm.bugs import BUGS
from tests.storm.planting import Bug
from tests.storm.runs import Report, run
from tools.tree import text


def first_seen(bug: Bug) -> Report | None:
    """Play storms with the bug until one breaks a promise."""
    for seed in bug.seeds:
        with bug.planted():
            report = run(seed)
        if not report.held:
            return report
    return None


@pytest.mark.storm
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BUGS))
def test_a_planted_bug_is_seen_within_200_storms(name: str) -> None:
    report = first_seen(BUGS[name])
    assert report is not None, f"{BUGS[name].says} Nobody noticed."
    assert report.check in BUGS[name].seen_by, f"seen by {report.check}: {report.says}"


def test_every_planted_bug_is_on_the_page() -> None:
    page = text("docs/storm.md")
    assert [bug.name for bug in BUGS.values() if bug.says not in page] == []
    assert len(BUGS) >= 12
