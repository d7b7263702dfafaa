# SPDX-License-Identifier: Apache-2.0
"""The file of feeds: bounded, counted, forgotten in time, and never in anybody's way."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bavn.frame.feeds import KeptFault
from bavn.runtime import clock
from bavn.runtime.feeds import kept
from bavn.runtime.feeds.kept import FeedFile

Story = Callable[[FeedFile], Awaitable[None]]


def fault(raw: bytes, sender: str = "cad", at: datetime | None = None) -> KeptFault:
    now = at or clock.now()
    return KeptFault(
        sender=sender,
        organisation="njb",
        sort="status",
        where="items[0].status",
        says="is none",
        code="",
        raw=raw,
        is_cut=False,
        first_at=now,
        last_at=now,
        count=1,
    )


def told(path: Path, story: Story, days: int = 14) -> None:
    async def all_of_it() -> None:
        file = FeedFile(path, days)
        try:
            await story(file)
        finally:
            await file.close()

    asyncio.run(all_of_it())


def test_a_row_is_kept_as_it_came_and_once_however_often(tmp_path: Path) -> None:
    async def story(file: FeedFile) -> None:
        for _ in range(3):
            file.note(fault(b"\xff\x00\xe6"))
        (found,) = await file.faults(["njb"], "", 10)
        assert (found.raw, found.count) == (b"\xff\x00\xe6", 3)
        assert await file.faults(["nvjb"], "", 10) == []
        assert await file.faults(["njb"], "another", 10) == []

    told(tmp_path / "feeds.db", story)
    assert (tmp_path / "feeds.db").stat().st_mode & 0o077 == 0


def test_what_is_counted_outlives_the_process(tmp_path: Path) -> None:
    async def first(file: FeedFile) -> None:
        file.save("cad", b"1")
        file.save("cad", b"2")
        file.save("gone", b"x")
        file.forget("gone")
        file.note(fault(b"row"))

    async def then(file: FeedFile) -> None:
        assert file.senders() == {"cad": b"2"}
        assert len(await file.faults(["njb"], "", 10)) == 1

    told(tmp_path / "feeds.db", first)
    told(tmp_path / "feeds.db", then)


def test_of_too_many_the_oldest_go_and_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "SENDER_ROWS_LIMIT", 5)
    began = clock.now() - timedelta(hours=1)

    async def story(file: FeedFile) -> None:
        for number in range(12):
            at = began + timedelta(seconds=number)
            file.note(fault(f"{number}".encode(), at=at))
        file.note(fault(b"other", sender="quiet", at=began - timedelta(hours=1)))
        found = await file.faults(["njb"], "cad", 100)
        assert [int(each.raw) for each in found] == [11, 10, 9, 8, 7]
        assert file.dropped_count == 7
        assert len(await file.faults(["njb"], "quiet", 100)) == 1, "one hides no other"

    told(tmp_path / "feeds.db", story)


def test_rows_are_forgotten_when_their_days_are_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    name = b"Hansen, Agade 5"

    async def first(file: FeedFile) -> None:
        file.note(fault(name))
        assert len(await file.faults(["njb"], "", 10)) == 1

    async def then(file: FeedFile) -> None:
        assert await file.faults(["njb"], "", 10) == []
        file.note(fault(b"new"))
        assert len(await file.faults(["njb"], "", 10)) == 1

    told(tmp_path / "feeds.db", first, days=3)
    now += timedelta(days=4)
    told(tmp_path / "feeds.db", then, days=3)
    assert name not in (tmp_path / "feeds.db").read_bytes(), "overwritten, and not only unlinked"


def test_a_file_that_cannot_be_written_costs_rows_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "WAITING_LIMIT", 3)
    path = tmp_path / "feeds.db"
    path.mkdir()

    async def story(file: FeedFile) -> None:
        assert file.senders() == {}
        for number in range(5):
            file.note(fault(f"{number}".encode()))
        file.save("cad", b"1")
        with pytest.raises(OSError, match=r"."):
            await file.faults(["njb"], "", 10)
        for number in range(5):
            file.note(fault(f"more {number}".encode()))
        assert file.lost_count >= 5

    told(path, story)
