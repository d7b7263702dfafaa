# SPDX-License-Identifier: Apache-2.0
"""No process is left behind when whoever started it is killed, not even one that stands still."""

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

STARTER = """
import subprocess, sys, time
from bavn.node.federated.processes import on_a_leash
lasts = ["timeit", "-n", "1", "-r", "1", "import time; time.sleep(60)"]
child = subprocess.Popen(on_a_leash(lasts), stdin=subprocess.PIPE)
print(child.pid, flush=True)
time.sleep(60)
"""
GONE_WITHIN_S = 10.0


def arguments(pid: int) -> list[bytes]:
    """What a process was started with; nothing for one that has ended, reaped or not."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return []
    return raw.split(b"\0") if raw else []


@pytest.mark.slow
@pytest.mark.skipif(platform.system() != "Linux", reason="processes are tied by Linux' own means")
def test_a_held_process_ends_with_a_starter_that_is_killed() -> None:
    command = [sys.executable, "-c", STARTER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        # Once it has become the program, it is tied.
        until = time.monotonic() + GONE_WITHIN_S
        while b"timeit" not in arguments(child)[2:3] and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(child, signal.SIGSTOP)
        starter.kill()
        while arguments(child) and time.monotonic() < until:
            time.sleep(0.02)
        assert arguments(child) == []
