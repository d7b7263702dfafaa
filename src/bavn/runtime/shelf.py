# SPDX-License-Identifier: Apache-2.0
"""The shelf that the binder stands on: sets of paper as plain files, and who has them made.

DATA/binder/WORLD/binder-20270101T021500Z.html   one set: a page that needs nothing but a browser

A set is made by a process of its own (`bavn binder`), so that nothing here waits for it and its
fault is nobody's. Addresses stand in it: each file is its owner's alone.
"""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bavn.kernel.identity import World
from bavn.runtime.folder import make_folder, write_whole
from bavn.runtime.log import log, log_error

# A set is made within seconds; one that is not has hung.
MAKING_S = 180.0
# The first one is made when the start is over.
FIRST_S = 60.0
EVERY = timedelta(minutes=15)
# Two hours of paper. Addresses do not lie on the disk for longer than that.
KEPT = 8
STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"binder-(\d{8}T\d{6}Z)\.html")


class Set(NamedTuple):
    """One set of paper on the disk."""

    name: str
    made_at: datetime
    bytes_count: int


class Shelf:
    """The sets of one world."""

    def __init__(self, data: Path, world: World) -> None:
        self.path = data / "binder" / world

    def sets(self) -> list[Set]:
        """The sets that are there, the newest first."""
        found = []
        for path in self.path.glob("binder-*.html"):
            stamp = _NAME.fullmatch(path.name)
            # One that is being taken away is not there any more.
            with contextlib.suppress(FileNotFoundError):
                if stamp is not None:
                    at = datetime.strptime(stamp[1], STAMP).replace(tzinfo=UTC)
                    found.append(Set(path.name, at, path.stat().st_size))
        return sorted(found, key=lambda each: each.made_at, reverse=True)

    def read(self, name: str) -> bytes | None:
        """One of them; None when there is none of this name. Each reading is logged."""
        if _NAME.fullmatch(name) is None:
            return None
        try:
            raw = (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        log("binder.read", name=name)
        return raw

    def put(self, raw: bytes, at: datetime, kept: int = KEPT) -> Path:
        """Put a set there, whole or not at all, and take away those that are too old."""
        make_folder(self.path)
        path = self.path / f"binder-{at.astimezone(UTC):{STAMP}}.html"
        write_whole(path, raw)
        for old in self.sets()[kept:]:
            (self.path / old.name).unlink(missing_ok=True)
        return path


class Binding:
    """Has a set made now and then, by a process of its own; made in the event loop it lives in."""

    def __init__(self, command: Sequence[str], every: timedelta = EVERY) -> None:
        self._command = tuple(command)
        self._every_s = every.total_seconds()
        self._wanted = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="binder")

    def wake(self) -> None:
        """Have one made now."""
        self._wanted.set()

    async def close(self) -> None:
        """Make no more; one that is being made is left."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await self._wait(FIRST_S)
        while True:
            try:
                await self._make()
            except Exception as error:  # noqa: BLE001 - the next one may succeed; a person is told
                log_error("binder.failed", error)
            await self._wait(self._every_s)

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), seconds)
        self._wanted.clear()

    async def _make(self) -> None:
        nothing = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=nothing, stdout=nothing, stderr=asyncio.subprocess.PIPE
        )
        try:
            _, said = await asyncio.wait_for(process.communicate(), MAKING_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            log(
                "binder.not_made",
                code=process.returncode,
                says=said.decode(errors="replace")[-400:],
            )
        else:
            log("binder.made")
