# SPDX-License-Identifier: Apache-2.0
"""The shelf: plain files for their owner alone, the last few of them, and nobody waits for one."""

import asyncio
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bavn.kernel.identity import World
from bavn.runtime import shelf as shelves
from bavn.runtime.shelf import Binding, Shelf

NOW = datetime(2027, 1, 1, 2, 15, tzinfo=UTC)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for another process."""
    for _ in range(2_000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come to that in time")


def _says(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, World("demo"))


def test_a_set_is_its_owners_alone(shelf: Shelf) -> None:
    path = shelf.put(b"<html>", NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    (one,) = shelf.sets()
    assert (one.made_at, one.bytes_count, shelf.read(one.name)) == (NOW, 6, b"<html>")


def test_the_last_few_stay_the_newest_first(shelf: Shelf) -> None:
    for count in range(5):
        shelf.put(b"x", NOW + timedelta(minutes=15 * count), kept=3)
    assert [each.made_at.minute for each in shelf.sets()] == [15, 0, 45]


@pytest.mark.parametrize(
    "name", ["../node.toml", "binder-x.html", "binder-20270101T021500Z.html/", "", "/etc/hosts"]
)
def test_only_a_set_is_read_from_the_shelf(shelf: Shelf, tmp_path: Path, name: str) -> None:
    (tmp_path / "node.toml").write_text("secret")
    shelf.put(b"x", NOW)
    assert shelf.read(name) is None
    assert shelf.read("binder-19990101T000000Z.html") is None


def test_what_lies_there_beside_sets_is_left(shelf: Shelf) -> None:
    shelf.put(b"x", NOW)
    (shelf.path / "binder-notes.html").write_text("kept")
    shelf.put(b"y", NOW + timedelta(minutes=1), kept=1)
    assert len(shelf.sets()) == 1
    assert (shelf.path / "binder-notes.html").exists()


def test_a_set_is_made_when_it_is_asked_for_and_a_fault_stops_no_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "FIRST_S", 3600.0)
    made = tmp_path / "made"
    # Fails the first time, and makes something the second.
    code = (
        "import pathlib, sys; p = pathlib.Path(sys.argv[1]);"
        "first = not p.exists(); p.open('a').write('x'); sys.exit(3 if first else 0)"
    )

    async def story() -> None:
        binding = Binding([sys.executable, "-c", code, str(made)])
        binding.wake()
        await until(lambda: _says(made) == "x")
        binding.wake()
        await until(lambda: _says(made) == "xx")
        await binding.close()

    asyncio.run(story())


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FIRST_S", 0.0)
    monkeypatch.setattr(shelves, "MAKING_S", 0.3)
    pid = tmp_path / "pid"
    code = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"

    async def story() -> None:
        binding = Binding([sys.executable, "-S", "-c", code, str(pid)])
        await until(lambda: bool(_says(pid)))
        await until(lambda: not Path(f"/proc/{_says(pid)}/stat").exists())
        await binding.close()

    asyncio.run(story())
