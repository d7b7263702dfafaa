# SPDX-License-Identifier: Apache-2.0
"""A play ends when whoever started it is gone, also one that never reached its server."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.story
def test_a_play_without_a_server_ends_with_its_starter(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        command = [sys.executable, "-m", "bavn.node.play"]
        play = subprocess.Popen(
            [*command, "--address", address, "--data", str(tmp_path)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert play.stdin is not None
        play.stdin.write(b"token\n")
        play.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            play.wait(4)
        play.stdin.close()
        assert play.wait(20) == 0
