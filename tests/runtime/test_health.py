# SPDX-License-Identifier: Apache-2.0
"""The doctor's findings: each trouble is found, and a node that is well has none."""

from datetime import timedelta
from pathlib import Path

import pytest

from bavn.journal.chain import Segment
from bavn.journal.store import StoreBroken
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.runtime import clock
from bavn.runtime.backup import back_up
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node, introduce, write_roster
from bavn.runtime.health import BACKUP_AGE_LIMIT, REACTION_DELAY_LIMIT, Finding, examine
from tests.lilleland.vocabulary import catalogue
from tests.runtime.folders import WORLD, fire, founded, opened


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return founded(tmp_path / "node")


def findings(folder: Folder, **later: float) -> list[Finding]:
    return list(examine(folder, WORLD, catalogue(), clock.now() + timedelta(**later)))


def troubles(folder: Folder, **later: float) -> set[str]:
    return {each.code for each in findings(folder, **later) if not each.is_well}


def settled(folder: Folder, count: int = 1) -> None:
    """Facts, with all reactions to them done."""
    with opened(folder) as node:
        node.journal.commit([fire(number) for number in range(count)])
        while node.journal.turn():
            pass


def heard(folder: Folder, tmp_path: Path) -> tuple[Folder, list[Segment]]:
    """Another node that this one knows, and what it tells."""
    other = Folder(tmp_path / "other")
    found_node(
        other,
        WORLD,
        NodeId("west"),
        hosts=[OrganisationId("western")],
        areas=[],
        catalogue=catalogue(),
    )
    rosters = introduce(folder.roster_file(), other.roster_file())
    for each, roster in zip((folder, other), rosters, strict=True):
        write_roster(each, roster)
    settled(folder, 0)
    segments: list[Segment] = []
    with opened(folder) as node:
        for number in range(3):
            node.journal.commit([fire(number)])
            segments += node.journal.offer(NodeId("west"), {"east/1/nation": number})
    return other, [each for each in segments if each.channel.audience == "nation"]


def test_a_new_node_is_well(folder: Folder) -> None:
    assert troubles(folder) == set()


def test_a_node_with_facts_wants_a_backup_and_then_another(folder: Folder, tmp_path: Path) -> None:
    settled(folder)
    assert troubles(folder) == {"backup_none"}
    back_up(folder, WORLD, tmp_path / "copy", catalogue(), tmp_path / "keys")
    assert troubles(folder) == set()
    late = (BACKUP_AGE_LIMIT + timedelta(minutes=1)).total_seconds()
    assert {"backup_old", "backup_keys_old"} <= troubles(folder, seconds=late)


def test_keys_that_were_never_backed_up_are_told(folder: Folder, tmp_path: Path) -> None:
    settled(folder)
    back_up(folder, WORLD, tmp_path / "copy", catalogue(), None)
    assert troubles(folder) == {"backup_keys_none"}


def test_reactions_that_stay_behind_are_told_after_a_while(folder: Folder) -> None:
    with opened(folder) as node:
        node.journal.commit([fire(1)])
    assert "reactions_behind" not in troubles(folder)
    late = REACTION_DELAY_LIMIT.total_seconds() + 1
    assert "reactions_behind" in troubles(folder, seconds=late)


def test_reactions_that_are_held_are_told(folder: Folder) -> None:
    with opened(folder) as node:
        node.journal.begin_incarnation()
    assert "reactions_held" in troubles(folder)


def test_a_deadline_that_did_not_fire_is_told(folder: Folder) -> None:
    settled(folder)
    assert "timer_overdue" in troubles(folder, minutes=30)


def test_a_gap_is_told_with_what_waits_behind_it(folder: Folder, tmp_path: Path) -> None:
    other, segments = heard(folder, tmp_path)
    with opened(other) as node:
        node.journal.merge(segments[0])
        node.journal.merge(segments[-1])
    (gap,) = [each for each in findings(other) if each.code == "channel_gap"]
    assert gap.values["missing"] == 2
    assert gap.values["waiting"] == 1


def test_a_fork_is_told_with_its_evidence(folder: Folder, tmp_path: Path) -> None:
    twin = Folder(tmp_path / "twin")
    twin_path = founded(twin.path)
    other, segments = heard(folder, tmp_path)
    key = folder.signing_key_path(WORLD)
    twin_path.signing_key_path(WORLD).write_bytes(key.read_bytes())
    write_roster(twin, folder.roster_file())
    with opened(twin) as node:
        node.journal.commit([fire(99)])
        forked = node.journal.offer(NodeId("west"), {})
    with opened(other) as node:
        for segment in [*segments, *forked]:
            node.journal.merge(segment)
    assert {"channel_stopped", "evidence_fork"} <= troubles(other)


def test_a_clock_that_went_back_is_told(folder: Folder) -> None:
    settled(folder)
    assert "clock_behind" in troubles(folder, minutes=-5)


def test_open_keys_are_told(folder: Folder) -> None:
    folder.signing_key_path(WORLD).chmod(0o640)
    assert "keys_open" in troubles(folder)


def test_who_writes_is_told_and_is_no_trouble(folder: Folder) -> None:
    with opened(folder):
        assert "writer" in {each.code for each in findings(folder)}
        assert troubles(folder) == set()


def test_a_broken_record_is_told_as_such(folder: Folder) -> None:
    folder.journal_path(WORLD).write_bytes(b"x" * 5000)
    with pytest.raises(StoreBroken):
        findings(folder)
