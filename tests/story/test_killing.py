# SPDX-License-Identifier: Apache-2.0
"""Twelve times kill -9 in the middle of writing: nothing that was acknowledged is lost."""

import random
from pathlib import Path

import pytest

from bavn.journal.decision import Done
from bavn.kernel.identity import REAL
from bavn.node.demo_writer import request
from bavn.node.wiring import catalogue
from bavn.runtime.folder import Folder
from bavn.runtime.opened import open_to_write
from tests.story.writers import CENTRE, SERVICE, Writing, made_node

pytestmark = [pytest.mark.story, pytest.mark.slow]

KILLS = 12


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    data = made_node(tmp_path / "node")
    chance = random.Random(1)
    acknowledged: list[int] = []
    for _ in range(KILLS):
        first = max(acknowledged, default=0) + 1_000
        with Writing(data, REAL, first) as writing:
            writing.until(chance.randint(1, 60))
            acknowledged += writing.kill()
        with open_to_write(Folder(data), REAL, catalogue()) as node:
            assert list(node.journal.verify()) == []
            before = node.journal.record.position
            asked = [request(SERVICE, CENTRE, number) for number in acknowledged]
            outcomes = node.journal.commit(asked)
            assert all(isinstance(each, Done) and each.repeated for each in outcomes)
            assert node.journal.record.position == before
    assert len(acknowledged) >= KILLS
