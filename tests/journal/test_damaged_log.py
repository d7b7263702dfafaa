# SPDX-License-Identifier: Apache-2.0
"""A byte that rots in the write-ahead log is not taken for the end of an unfinished write."""

import shutil
from pathlib import Path
from random import Random

import pytest

from bavn.journal.kept import EVIDENCE
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Node, request
from tests.lilleland.vocabulary import ReportFire

COMMITS = 12


def report(number: int) -> object:
    return request(EASTTOWN, ReportFire(fire=f"{number}", what="barn", area=EASTERN))


def after_a_crash(folder: Path, name: str, *, flip: int | None = None, cut: int = 0) -> Path:
    """Give a copy of a living node's files as a crash leaves them, a byte of the log rotten."""
    copy = folder.parent / name
    shutil.copytree(folder, copy)
    log = copy / "journal.db-wal"
    raw = bytearray(log.read_bytes())
    if flip is not None:
        raw[flip] ^= 0x10
    log.write_bytes(raw[: len(raw) - cut])
    return copy


@pytest.fixture
def living(tmp_path: Path) -> Node:
    (tmp_path / "living").mkdir()
    node = Node(EAST, str(tmp_path / "living"))
    for number in range(COMMITS):
        node.done(report(number))  # type: ignore[arg-type]
    return node


def test_commits_behind_a_rotten_frame_are_named_kept_and_never_told_under_their_numbers_again(
    living: Node, tmp_path: Path
) -> None:
    nation = Node(NATION)
    nation.hear(living)
    log = (tmp_path / "living" / "journal.db-wal").stat().st_size
    chance, named = Random(1), 0
    for turn in range(8):
        copy = after_a_crash(tmp_path / "living", f"rot{turn}", flip=chance.randrange(log * 3 // 4))
        node = Node(EAST, str(copy))
        told = len(node.store.facts_after(0, 100))
        if told == COMMITS:
            continue  # the byte was in a page that a later frame holds again, or in none
        named += 1
        assert any("log is damaged" in fault.says for fault in node.journal.verify())
        assert "commits_lost" in {row["sort"] for row in node.store.rows(EVIDENCE, {})}
        assert list(copy.glob("journal.db-damaged-log-*"))
        assert node.journal.record.incarnation > 1
        node.done(report(99))  # type: ignore[arg-type]
        node.hear(nation)
        nation_here = Node(NATION)
        nation_here.hear(nation, node)
        assert len(node.store.facts_after(0, 100)) == COMMITS + 1
        assert not any(channel.stopped for channel in nation_here.journal.record.channels.values())
    assert named >= 5


@pytest.mark.parametrize("cut", [1, 5_000, 20_000])
def test_the_torn_end_of_an_unfinished_write_is_no_damage(
    living: Node, tmp_path: Path, cut: int
) -> None:
    assert living.store.lost_commits == 0
    node = Node(EAST, str(after_a_crash(tmp_path / "living", "torn", cut=cut)))
    assert node.store.lost_commits == 0
    assert list(node.journal.verify()) == []
