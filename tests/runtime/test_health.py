# SPDX-License-Identifier: Apache-2.0
"""The doctor's findings: each trouble is found, and a node that is well has none."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from bavn.journal.chain import Segment
from bavn.journal.store import StoreBroken
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.node.terminal import shown
from bavn.runtime import clock
from bavn.runtime.backup import back_up
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node, introduce, write_roster
from bavn.runtime.health import (
    BACKUP_AGE_LIMIT,
    REACTION_DELAY_LIMIT,
    TOLD_AGE_LIMIT,
    Finding,
    examine,
)
from bavn.runtime.peers.overview import LineSeen, NodeSeen
from bavn.runtime.peers.overview_file import Told, told_path, write_told
from bavn.runtime.texts import LANGUAGES, Texts
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


WEST = NodeSeen(
    node=NodeId("west"),
    state="heard",
    hosts=(),
    parent=None,
    heard_ago_s=1.0,
    way="nats",
    by=None,
    behind=0,
    behind_s=None,
    unheard=0,
    waiting=0,
    stopped=(),
    skew_ms=0,
    version="1",
    incarnation=1,
)
UP = LineSeen(name="nats", is_up=True)


def told(folder: Folder, *lines: LineSeen, **west: object) -> None:
    """What this very process would have left as it serves, while it holds the right to write."""
    seen = msgspec.structs.replace(WEST, **west)
    file = Told(at=clock.now(), nodes=(seen,), lines=lines)
    write_told(told_path(folder, WORLD), file)


@pytest.mark.requirement("E5.6")
@pytest.mark.parametrize(
    ("west", "codes"),
    [
        ({}, set()),
        ({"state": "relayed", "by": NodeId("north")}, set()),
        ({"behind": 9, "behind_s": 2.0}, set()),
        ({"behind": 9, "behind_s": 60.0}, {"peer_behind"}),
        ({"state": "silent", "heard_ago_s": 400.0, "unheard": 3}, {"peer_silent"}),
        ({"state": "never", "heard_ago_s": None, "unheard": None}, {"peer_never"}),
        ({"skew_ms": -9_000}, {"peer_skew"}),
    ],
)
def test_what_the_serving_node_sees_of_others_is_told(
    folder: Folder, tmp_path: Path, west: dict[str, object], codes: set[str]
) -> None:
    heard(folder, tmp_path)
    usual = troubles(folder)
    with opened(folder):
        told(folder, UP, **west)
        assert troubles(folder) - usual == codes
        told(folder, UP, LineSeen(name="https", is_up=False), **west)
        assert troubles(folder) - usual == codes | {"line_down"}


def test_a_node_that_does_not_run_hears_nobody_and_says_so(folder: Folder, tmp_path: Path) -> None:
    heard(folder, tmp_path)
    usual = troubles(folder)
    told(folder, UP)
    assert troubles(folder) - usual == {"peers_not_served"}
    with opened(folder):
        assert "peers_not_served" not in troubles(folder)
        late = (TOLD_AGE_LIMIT + timedelta(seconds=1)).total_seconds()
        assert "peers_old" in troubles(folder, seconds=late)
        told_path(folder, WORLD).unlink()
        assert "peers_untold" in troubles(folder)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_about_others_has_its_words(
    folder: Folder, tmp_path: Path, language: str
) -> None:
    heard(folder, tmp_path)
    found: list[Finding] = []
    with opened(folder):
        found += findings(folder)
        for west in (
            {},
            {"state": "relayed", "by": NodeId("north")},
            {"state": "silent"},
            {"state": "never"},
            {"behind": 9, "behind_s": 2.0},
            {"behind": 9, "behind_s": 60.0, "skew_ms": 9_000},
        ):
            told(folder, UP, LineSeen(name="https", is_up=False), **west)
            found += findings(folder)
        found += findings(folder, hours=1)
    found += findings(folder)
    texts = Texts(language)
    codes = {each.code for each in found if each.code.startswith(("peer_", "peers_", "line_"))}
    assert len(codes) == 13
    for each in found:
        values = shown(texts, each.values)
        assert texts(f"doctor.{each.code}.says", **values)
        assert each.is_well or texts(f"doctor.{each.code}.do", **values)


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
