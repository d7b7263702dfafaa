# SPDX-License-Identifier: Apache-2.0
"""Lines over a real uvicorn keep the promises of lines; nobody comes in who cannot prove it."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.runtime.peers.https_net import HttpsNet, https_net
from tests.runtime.peers.line_contract import WireContract


@pytest.mark.contract
@pytest.mark.story
class TestHttpsLine(WireContract):
    """The contract, and what is HTTPS' own."""

    def net(self, path: Path) -> AbstractAsyncContextManager[HttpsNet]:
        return https_net(path)
