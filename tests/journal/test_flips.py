# SPDX-License-Identifier: Apache-2.0
"""A byte that rots on the disk is named, or changes nothing that was told.

One of the bits of one byte is turned, at a thousand places of a journal's file and its key file.
Each time the node is opened and proved as it stands: either opening or `verify` (or the file of
keys itself) names the damage, or every fact and every private text reads back identical.
"""

from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from bavn.journal.fact import Sealed, decode_fact
from bavn.journal.kept import SEALED
from bavn.journal.reader import Reader
from bavn.journal.store import StoreBroken
from bavn.kernel.private import Private
from bavn.kernel.refusal import BadInput
from tests.journal.faulty import copy_at_rest
from tests.lilleland.nodes import EAST, EASTERN, WEST, WESTERN, Node, request
from tests.lilleland.vocabulary import CloseFire, Note, ReportFire, SendCrew

FACTS = 200
ROUNDS = 10
# A thousand in all, in parts that can be tried beside each other. Much of a file is unused room in
# its pages; a proof that named less than this in each part would prove little.
PARTS = [("journal.db", part, 225, 90) for part in range(4)] + [("keys.db", 0, 100, 5)]
ALL = Reader(organisations=frozenset({EASTERN}), personal=True)


class Told(NamedTuple):
    """All that must read back: the facts, and the private texts by their hashes."""

    facts: list[bytes]
    texts: dict[str, str]


def read_back(node: Node) -> Told:
    facts = [row.raw for row in node.store.facts_after(0, 10_000)]
    texts = {}
    for row in node.store.rows(SEALED, {}):
        sealed = Sealed(sealed=str(row["sealed"]), key=str(row["key"]))
        text = node.journal.query.reveal(ALL, EASTERN, sealed)
        texts[sealed.sealed] = text.reveal() if isinstance(text, Private) else str(text)
    return Told(facts, texts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small journal at rest: own facts, private texts under many keys, facts of another."""
    path = tmp_path_factory.mktemp("told")
    node, other = Node(EAST, str(path)), Node(WEST)
    for turn in range(ROUNDS):
        asked = []
        for number in range(FACTS // ROUNDS // 4):
            fire, text = f"{turn % 5}-{number}", Private(f"caller {turn} {number}")
            asked += [
                request(EASTERN, ReportFire(fire=fire, what="smoke", area=EASTERN)),
                request(EASTERN, SendCrew(fire=fire, crew=f"crew-{turn}", area=EASTERN)),
                request(EASTERN, Note(fire=fire, mark=f"m{turn}", text=text)),
            ]
            other.done(request(WESTERN, ReportFire(fire=fire, what="smoke", area=WESTERN)))
        node.journal.commit(asked)
        node.hear(other)
    node.done(request(EASTERN, CloseFire(fire="1-1", area=EASTERN)))
    assert len(node.store.facts_after(0, 1_000)) > FACTS
    assert list(node.journal.verify()) == []
    node.close()
    return path


def examined(folder: Path) -> str | Told:
    """Give the first damage named by opening, `verify` or the keys' own file; or all there is."""
    try:
        node = Node(EAST, str(folder))
    except (StoreBroken, BadInput) as broken:
        return f"opening: {broken}"
    try:
        for fault in node.journal.verify():
            return f"{fault.where}: {fault.says}"
        for says in node.keys.integrity():
            return says
        return read_back(node)
    except StoreBroken as broken:
        return f"reading: {broken}"
    finally:
        node.close()


def flip(file: Path, chance: Random) -> tuple[int, int]:
    raw = bytearray(file.read_bytes())
    place, bit = chance.randrange(len(raw)), 1 << chance.randrange(8)
    raw[place] ^= bit
    file.write_bytes(raw)
    return place, bit


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part", "flips", "named_least"), PARTS)
@pytest.mark.requirement("E0.1")
def test_each_of_a_thousand_flipped_bits_is_named_or_changes_nothing_that_was_told(
    folder: Path, tmp_path: Path, name: str, part: int, flips: int, named_least: int
) -> None:
    told = examined(copy_at_rest(folder, tmp_path / "whole"))
    assert isinstance(told, Told)
    chance = Random(f"flips in {name} {part}")
    named = 0
    for _ in range(flips):
        damaged = copy_at_rest(folder, tmp_path / "damaged")
        place = flip(damaged / name, chance)
        found = examined(damaged)
        if isinstance(found, str):
            named += 1
        else:
            assert found == told, f"{place} in {name} was not named"
    assert named >= named_least


def test_a_journal_without_damage_is_named_for_nothing(folder: Path) -> None:
    told = examined(folder)
    assert isinstance(told, Told)
    assert decode_fact(told.facts[0]).node == EAST
    assert "caller 0 0" in told.texts.values()
