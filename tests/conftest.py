# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: no network but loopback in stories, and how hard Hypothesis looks."""

import gc
import os
import shutil
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Containers often say that Python is to keep no bytecode. Then each process that a story starts
# compiles everything anew, which takes longer than what it was started for.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("brief", max_examples=25, deadline=None)
settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Files of tests lie in memory where there is room: nearly every test founds a node, and what a disk
# does is seen by the tests that bring a disk of their own. Programs that a test starts follow.
MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of this user's own in it
ROOM_BYTES = 4 * 2**30
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    os.environ.setdefault("TMPDIR", str(MEMORY))

Address = tuple[object, ...] | str | bytes
# How many new objects there may be before they are looked through.
GARBAGE_AFTER = 20_000
LOOPBACK = ("127.", "::1", "localhost")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes long, so that processes that share the tests end together.

    What mostly waits for processes and browsers comes before what only computes.
    """
    items.sort(key=lambda item: (not _has(item, "slow"), not _has(item, "story", "browser")))


def pytest_collection_finish() -> None:
    """Leave what stays to the end out of every later search for garbage, and search more seldom.

    Storms and laws make much that lives for a moment. A seventh of all computing was that search.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 20, 100)


@pytest.fixture(autouse=True)
def _stands_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command that stands back for alarms, run in here, not put all later tests behind."""
    monkeypatch.setattr(os, "nice", lambda _by: 0)


@pytest.fixture(autouse=True)
def _closed_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every address; a story or browser test may use this machine's own."""
    opened = _has(request.node, "story", "browser")

    def guard(name: str) -> None:
        real = getattr(socket.socket, name)

        def guarded(sock: socket.socket, address: Address) -> object:
            # An address that is no tuple is a file's: a local socket.
            is_own = not isinstance(address, tuple) or str(address[0]).startswith(LOOPBACK)
            if not (opened and is_own):
                pytest.fail(f"this test may not open a socket: {name} {address!r}")
            return real(sock, address)

        monkeypatch.setattr(socket.socket, name, guarded)

    for name in ("connect", "connect_ex", "bind"):
        guard(name)


def _has(item: pytest.Item, *marks: str) -> bool:
    return any(item.get_closest_marker(mark) for mark in marks)
