# SPDX-License-Identifier: Apache-2.0
"""What an older node holds of a newer one: counted by kind and by teller until it upgrades."""

from dataclasses import replace
from pathlib import Path

import pytest

from bavn.runtime.peers.noticed import Unread, aside, unsettled
from tests.lilleland import older
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Node, Settings, request
from tests.lilleland.vocabulary import ReportFire


@pytest.mark.requirement("E5.6")
def test_what_a_newer_node_tells_is_counted_by_kind_and_teller(tmp_path: Path) -> None:
    east = Node(EAST)
    folder = tmp_path / "nation"
    folder.mkdir()
    nation = Node(NATION, str(folder), replace(Settings(), catalogue=older.older_catalogue()))
    try:
        assert aside(nation.store) == ({}, {})
        for number in range(3):
            content = ReportFire(fire=f"f{number}", what="hay", area=EASTERN)
            east.done(request(EASTTOWN, content))
        nation.hear(east)
        found = aside(nation.store)
        assert found.counts == {"not_understood": 3}
        assert found.unread == {Unread("lilleland.fire_reported", 2, EAST): 3}
        assert unsettled(nation.store) == []
    finally:
        nation.close()
        east.close()
