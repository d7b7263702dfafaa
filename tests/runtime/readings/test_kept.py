# SPDX-License-Identifier: Apache-2.0
"""The log of readings: kept once for a page, kept over a kill, and in nobody's way."""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from bavn.journal.reader import ReadBy
from bavn.kernel.identity import OrganisationId
from bavn.runtime import clock
from bavn.runtime.readings import ReadingLog, Wanted, kept
from tests.runtime.web.house import run

TOWN, OTHER = OrganisationId("easttown"), OrganisationId("westtown")
OFFICER = ReadBy(organisation=TOWN, function="watch", account="a1", purpose="indsats")
INSPECTOR = ReadBy(
    organisation=OrganisationId("agency"),
    function="observer",
    account="a2",
    purpose="tilsyn",
    is_stated=True,
)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANYBODY = Wanted()


def told(path: Path, story: Callable[[ReadingLog], Awaitable[None]]) -> None:
    async def play() -> None:
        log = ReadingLog(path / "readings.db")
        try:
            await story(log)
        finally:
            await log.close()

    run(play())


def key(number: int = 1, owner: OrganisationId = TOWN) -> str:
    return f"{owner}/incident:{number}"


def test_a_page_of_fifty_texts_is_one_line_for_each_subject(tmp_path: Path) -> None:
    async def story(log: ReadingLog) -> None:
        for _ in range(50):
            log.note(OFFICER, TOWN, key(1))
        log.note(OFFICER, TOWN, key(2))
        log.note(None, TOWN, key(2))
        found = {
            (each.subject, each.function, each.purpose): each.count
            for each in await log.entries(ANYBODY)
        }
        assert found == {
            ("incident:1", "watch", "indsats"): 50,
            ("incident:2", "watch", "indsats"): 1,
            ("incident:2", "machine", "machine"): 1,
        }

    told(tmp_path, story)
    assert (tmp_path / "readings.db").stat().st_mode & 0o077 == 0


def test_what_is_wanted_is_found_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(log: ReadingLog) -> None:
        for hours, by, owner, number in (
            (0, OFFICER, TOWN, 1),
            (1, OFFICER, OTHER, 2),
            (2, INSPECTOR, TOWN, 1),
        ):
            at = NOON + timedelta(hours=hours)
            monkeypatch.setattr(clock, "now", lambda at=at: at)
            log.note(by, owner, key(number, owner))

        async def found(**what: object) -> list[tuple[str, str]]:
            entries = await log.entries(Wanted(**what))  # type: ignore[arg-type]
            return [(each.function, each.subject) for each in entries]

        first, second, third = (
            ("watch", "incident:1"),
            ("watch", "incident:2"),
            ("observer", "incident:1"),
        )
        assert await found() == [third, second, first]
        assert await found(account="a1") == [second, first]
        assert await found(purpose="tilsyn") == await found(function="observer") == [third]
        assert await found(subject="incident:1") == [third, first]
        # Who reads, or whose it is.
        assert await found(organisation=OTHER) == [second]
        assert await found(organisation=TOWN) == [third, second, first]
        noon_ms = int(NOON.timestamp() * 1000)
        assert await found(until_ms=noon_ms) == []
        assert await found(from_ms=noon_ms + 1) == [third, second]
        assert len(await log.entries(ANYBODY, 2)) == 2

    told(tmp_path, story)


def test_it_is_kept_for_so_long_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def before(log: ReadingLog) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOON)
        log.note(OFFICER, TOWN, key(1))
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=9))
        log.note(OFFICER, TOWN, key(2))
        assert len(await log.entries(ANYBODY)) == 2

    async def after(log: ReadingLog) -> None:
        log.kept_days = 10
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=11))
        log.note(OFFICER, TOWN, key(3))
        assert [each.subject for each in await log.entries(ANYBODY)] == ["incident:3", "incident:2"]

    told(tmp_path, before)
    told(tmp_path, after)


def test_there_are_never_more_lines_than_the_disk_has_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "LINES_LIMIT", 3)
    monkeypatch.setattr(kept, "TRIM_S", 0.0)

    async def story(log: ReadingLog) -> None:
        for number in range(6):
            at = NOON + timedelta(minutes=number)
            monkeypatch.setattr(clock, "now", lambda at=at: at)
            assert await log.keep(INSPECTOR, TOWN, key(number))
        found = [each.subject for each in await log.entries(ANYBODY)]
        assert found == ["incident:5", "incident:4", "incident:3"]

    told(tmp_path, story)


def test_a_disk_that_does_not_write_stops_no_operation_and_shuts_oversight_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kept, "WAITING_LIMIT", 2)

    async def story(log: ReadingLog) -> None:
        log.path.mkdir()
        assert not await log.keep(INSPECTOR, TOWN, key())
        assert log.fault
        for number in range(3):
            log.note(OFFICER, TOWN, key(number))
        assert log.lost_count == 1
        with pytest.raises(OSError, match=r"."):
            await log.entries(ANYBODY)
        log.path.rmdir()
        monkeypatch.setattr(kept, "RETRY_S", 0.0)
        # By itself, with the next: what waited is kept, and so is how many were lost.
        log.note(OFFICER, TOWN, key(0))
        found = {each.subject: each.count for each in await log.entries(ANYBODY)}
        assert found == {"incident:0": 2, "incident:1": 1}
        assert await log.keep(INSPECTOR, TOWN, key())
        assert not log.fault
        with apsw.Connection(str(log.path)) as db:
            assert db.execute("SELECT sum(count) FROM lost").fetchone() == (1,)

    told(tmp_path, story)
    assert capfd.readouterr().err.count('"readings.not_kept"') >= 1


def test_a_file_that_somebody_else_holds_keeps_nobody_waiting(tmp_path: Path) -> None:
    async def story(log: ReadingLog) -> None:
        log.note(OFFICER, TOWN, key())
        assert len(await log.entries(ANYBODY)) == 1
        holder = apsw.Connection(str(log.path))
        holder.execute("BEGIN EXCLUSIVE")
        began = clock.seconds()
        for number in range(1_000):
            log.note(OFFICER, TOWN, key(number))
        # Less than the file is waited for, and with much room for a busy machine.
        assert clock.seconds() - began < kept.BUSY_MS / 1_000 / 2
        holder.execute("COMMIT")
        holder.close()
        assert len(await log.entries(ANYBODY)) == 1_000

    told(tmp_path, story)


def test_what_is_in_the_file_is_there_after_a_kill(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from bavn.journal.reader import ReadBy
from bavn.runtime.readings import ReadingLog, Wanted
async def main():
    log = ReadingLog(Path({str(tmp_path / "readings.db")!r}))
    log.note(ReadBy(organisation="t", function="watch", account="a1"), "t", "t/incident:1")
    await log.entries(Wanted())
    by = ReadBy(organisation="t", function="observer", account="a2", is_stated=True)
    assert await log.keep(by, "t", "t/incident:2")
    print("kept", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"kept\n"
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL

    async def story(log: ReadingLog) -> None:
        found = {each.subject for each in await log.entries(ANYBODY)}
        assert found == {"incident:1", "incident:2"}

    told(tmp_path, story)


def test_after_the_end_nothing_is_raised_at_who_reads(tmp_path: Path) -> None:
    async def story(log: ReadingLog) -> None:
        await log.close()
        log.note(OFFICER, TOWN, key())

    async def play() -> None:
        await story(ReadingLog(tmp_path / "readings.db"))

    run(play())
