# SPDX-License-Identifier: Apache-2.0
"""Lines over real NATS servers keep the promises of lines; nobody hears or speaks for another."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.runtime.peers.line_contract import (
    BACK_S,
    EAST,
    WEST,
    Opened,
    WireContract,
    unreachable,
)
from tests.runtime.peers.nats_net import NatsNet, nats_net


@pytest.mark.contract
@pytest.mark.story
class TestNatsLine(WireContract):
    """The contract, and what is NATS' own."""

    def net(self, path: Path) -> AbstractAsyncContextManager[NatsNet]:
        return nats_net(path)

    @pytest.mark.slow
    def test_a_zombie_between_servers_is_noticed_by_them(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            opened.net.far.strand()
            await unreachable(opened.ask(EAST, WEST, b"there?", 0.5))
            assert await opened.reached(EAST, WEST) < BACK_S
            assert await opened.reached(WEST, EAST) < BACK_S

        self.told(tmp_path, story)
