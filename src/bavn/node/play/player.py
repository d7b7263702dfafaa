# SPDX-License-Identifier: Apache-2.0
"""Plays a script to a server in time: tells each event when it comes, and where units are.

Everything is told in the order in which it happened to each incident and to each unit; different
incidents do not wait for one another. What is not acknowledged yet is sent again, until it is; what
is refused is logged and left. Nothing is forgotten: `told_s` is kept on disk, and a play that is
killed goes on from there.
"""

import asyncio
import heapq
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from bavn.engines.turnouts import Event, Kind
from bavn.node.play.client import Position, Server
from bavn.node.play.memory import Guest, Memory
from bavn.node.play.script import NEVER, Script
from bavn.node.play.telling import API, Saying, Telling
from bavn.node.play.tempo import Tempo, written
from bavn.runtime import clock
from bavn.runtime.log import log

TICK_S = 0.25
# The script is read in steps of so many seconds of the play, so that the telling begins meanwhile.
STEP_S = 900.0
POSITIONS_EACH_S = 1.0
# One request a second, and no larger than a server takes in one go.
POSITIONS_LIMIT = 2_500
REMEMBER_EACH_S = 2.0
# So much may be waiting before the reading of the script waits too.
WAITING_LIMIT = 4_000
# Said when telling is later than this, and again after so long.
BEHIND_S, SAY_BEHIND_EACH_S = 5.0, 10.0


class Player:
    """One play on its way to those who are to be told."""

    def __init__(self, server: Server, script: Script, memory: Memory, path: Path) -> None:
        self._server = server
        self._script = script
        self._memory = memory
        self._path = path
        self._tempo = Tempo(memory.stretch)
        self._telling = Telling(script, self._tempo, memory.act)
        self._at_s = 0.0
        self._unseen: set[int] = set()
        # Incidents that were open when the last run ended, with their reports.
        self._resumed: dict[int, Saying] = {}
        self._corrections: list[tuple[float, int]] = []
        self._ids: dict[int, str | None] = {}
        self._last: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._waiting: dict[asyncio.Task[None], float] = {}
        self._at_home: list[int] = []
        self._reports: set[asyncio.Task[None]] = set()
        self._known: set[str] = set()
        self._guest_count = 0
        self._broken: BaseException | None = None
        self._said_behind_s = 0.0
        self.told_count = 0
        self.refused_count = 0

    async def play(self, stop: asyncio.Event) -> None:
        """Play until told to stop; what is on its way then is waited for or told the next time."""
        positions = asyncio.create_task(self._tell_positions())
        remembered_s = clock.seconds()
        is_warm = False
        try:
            while not stop.is_set():
                if self._broken is not None:
                    raise self._broken
                await self._read_to(self._tempo.play_s(clock.now()), stop)
                if not is_warm and not self._waiting:
                    is_warm = True
                    log("play.warm", told=self.told_count, open=len(self._ids))
                self._say_if_behind(is_warm=is_warm)
                if clock.seconds() - remembered_s >= REMEMBER_EACH_S:
                    remembered_s = clock.seconds()
                    self._remember()
                await _wait(stop, TICK_S)
        finally:
            # Before anything is given up: what is on its way is not told yet.
            self._remember()
            positions.cancel()
            for task in list(self._waiting):
                task.cancel()
            await asyncio.gather(positions, *self._waiting, return_exceptions=True)

    # Reading the script

    async def _read_to(self, until_s: float, stop: asyncio.Event) -> None:
        while self._at_s < until_s and not stop.is_set():
            self._take_in_guests()
            step_s = min(until_s, self._at_s + STEP_S, self._next_guest_s())
            if step_s > self._memory.begun_s:
                self._memory.begun_s = max(step_s, until_s) + REMEMBER_EACH_S * self._tempo.speed
                self._memory.write(self._path)
            for event in self._script.until(step_s):
                self._take(event)
            while self._corrections and self._corrections[0][0] < step_s:
                self._take_correction(*heapq.heappop(self._corrections))
            self._at_s = step_s
            await asyncio.sleep(0)
            while len(self._waiting) > WAITING_LIMIT and not stop.is_set():
                await _wait(stop, TICK_S)
        if self._resumed and self._at_s >= self._memory.told_s:
            self._resume()

    def _next_guest_s(self) -> float:
        """Up to where the script may be read before another guest is taken in."""
        rest = self._memory.guest[self._guest_count :]
        return rest[0].at_s if rest else NEVER

    def _take_in_guests(self) -> None:
        while self._next_guest_s() <= self._at_s:
            guest = self._memory.guest[self._guest_count]
            self._script.take_in(guest, self._guest_count)
            self._guest_count += 1

    def welcome(self, guest: Guest) -> None:
        """Take in an incident that somebody else reported, at this moment.

        Not from where the reading is, which may be hours back: it would be over at once. It is kept
        on disk first: read again, the play takes it in at the same moment.
        """
        at_s = max(self._at_s, self._tempo.play_s(clock.now()))
        self._memory.guest.append(msgspec.structs.replace(guest, at_s=at_s))
        self._memory.write(self._path)

    def since_s(self, at: datetime) -> float:
        """How long ago a moment was, in the play's own seconds."""
        return self._tempo.play_s(clock.now()) - self._tempo.play_s(at)

    def knows(self, incident: str) -> bool:
        """True for an incident that the play has reported or taken in."""
        return incident in self._known or any(each.id == incident for each in self._memory.guest)

    def reports(self) -> set[asyncio.Task[None]]:
        """The reports that are on their way."""
        return set(self._reports)

    def _take(self, event: Event) -> None:
        # Always asked, since it counts.
        sayings = self._telling.of(event)
        number = event.incident
        guest = self._script.scenes[number].guest
        if guest is not None and event.kind is Kind.REPORTED:
            self._ids[number] = guest
        elif event.kind is Kind.REPORTED:
            if any(each.from_s <= event.at_s < each.to_s for each in self._memory.unseen):
                self._unseen.add(number)
            late_s = self._script.scenes[number].corrected_s
            if late_s < NEVER and number not in self._unseen:
                heapq.heappush(self._corrections, (event.at_s + late_s, number))
        if event.kind is Kind.AVAILABLE:
            self._at_home.append(event.unit)
        if number in self._unseen:
            if event.kind is Kind.CLOSED:
                self._script.forget(number)
            return
        if event.at_s < self._memory.told_s:
            self._take_told(event, sayings)
            return
        self._resume()
        for saying in sayings:
            self._say(saying)

    def _take_told(self, event: Event, sayings: list[Saying]) -> None:
        """What an earlier run has told: only what is still open must be known."""
        if event.kind is Kind.REPORTED and sayings:
            self._resumed[event.incident] = sayings[0]
        elif event.kind is Kind.CLOSED:
            self._resumed.pop(event.incident, None)
            self._ids.pop(event.incident, None)

    def _resume(self) -> None:
        """Report again what was open: the same number and content give back the server's id."""
        for saying in self._resumed.values():
            self._say(saying)
        self._resumed.clear()

    def _take_correction(self, at_s: float, number: int) -> None:
        if at_s >= self._memory.told_s and number in self._ids:
            self._say(self._telling.correction(number, at_s))

    # Telling

    def _say(self, saying: Saying) -> None:
        keys = [("incident", saying.incident)]
        if saying.unit >= 0:
            keys.append(("unit", saying.unit))
        if saying.is_report:
            self._ids.setdefault(saying.incident, None)
        before = [self._last[key] for key in keys if key in self._last]
        task = asyncio.create_task(self._tell(saying, before))
        if saying.is_report:
            self._reports.add(task)
            task.add_done_callback(self._reports.discard)
        for key in keys:
            self._last[key] = task
        self._waiting[task] = saying.at_s
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        self._waiting.pop(task, None)
        self._broken = self._broken or task.exception()

    async def _tell(self, saying: Saying, before: list[asyncio.Task[None]]) -> None:
        for task in before:
            await asyncio.wait([task])
        path, body = saying.path, saying.body
        if saying.needs_id:
            known = self._ids.get(saying.incident)
            if known is None:
                # Its report was refused: a unit's word counts without it, the rest has no place.
                if saying.unit < 0:
                    return
            elif saying.unit >= 0 and body["status"] != Kind.AVAILABLE:
                body = {**body, "incident": known}
            path = path.replace("{incident}", known or "")
        answer = await self._server.ask("POST", path, body, whose=saying.whose)
        self.told_count += 1
        if answer.refused is not None:
            self.refused_count += 1
            log("play.refused", code=answer.refused, status=answer.status, path=path)
        elif saying.is_report:
            self._ids[saying.incident] = str(answer.body["id"])
            self._known.add(str(answer.body["id"]))
        if path.endswith("/close"):
            self._ids.pop(saying.incident, None)
            self._last.pop(("incident", saying.incident), None)
            self._script.forget(saying.incident)

    # Positions

    async def _tell_positions(self) -> None:
        from_unit = 0
        while True:
            began = clock.seconds()
            items = list(self._positions(clock.now()))
            if items:
                # More than fit take turns: each second the next ones.
                from_unit = from_unit if from_unit < len(items) else 0
                sent = items[from_unit : from_unit + POSITIONS_LIMIT]
                from_unit += POSITIONS_LIMIT
                await self._server.positions(f"{API}/positions", sent)
            await asyncio.sleep(max(0.0, POSITIONS_EACH_S - (clock.seconds() - began)))

    def _positions(self, now: datetime) -> Iterator[Position]:
        at, units = written(now), self._script.cast.units
        home, self._at_home = self._at_home, []
        columns = self._script.cast.columns
        for unit in dict.fromkeys(home):
            lat, lon = float(columns.lat[unit]), float(columns.lon[unit])
            yield (
                units[unit].service,
                {"unit": units[unit].id, "lat": lat, "lon": lon, "at": at},
            )
        for unit, lat, lon in self._script.course.moving(self._at_s):
            place = {"lat": round(lat, 5), "lon": round(lon, 5)}
            yield units[unit].service, {"unit": units[unit].id, **place, "at": at}

    # Keeping

    def _remember(self) -> None:
        """Keep how far all has been told."""
        if self._at_s < self._memory.told_s:
            # Still reading what an earlier run has told.
            return
        told_s = min([*self._waiting.values(), self._at_s])
        self._memory.told_s = max(self._memory.told_s, told_s)
        self._memory.write(self._path)

    def _say_if_behind(self, *, is_warm: bool) -> None:
        now_s = clock.seconds()
        if not is_warm or now_s - self._said_behind_s < SAY_BEHIND_EACH_S:
            return
        if self._server.is_away:
            # What waits for somebody who is away says nothing of how fast this machine is.
            return
        oldest_s = min([*self._waiting.values(), self._at_s])
        behind_s = (clock.now() - self._tempo.wall(oldest_s)).total_seconds()
        if behind_s > BEHIND_S:
            self._said_behind_s = now_s
            waiting = len(self._waiting)
            log("play.behind", seconds=round(behind_s), waiting=waiting, speed=self._tempo.speed)


async def _wait(stop: asyncio.Event, for_s: float) -> None:
    """Wait, and no longer when told to stop."""
    try:
        await asyncio.wait_for(stop.wait(), for_s)
    except TimeoutError:
        return
