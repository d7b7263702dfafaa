# SPDX-License-Identifier: Apache-2.0
"""The outbox: hands alerts over, each channel with hands of its own.

What waits is on record; this holds numbers alone. Whoever hangs, hangs his own channel's hands, for
so long as its deadline says; nobody waits for him: not those who order, and no other channel.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bavn.runtime.alerting.message import UNREACHABLE, UNUSABLE, Channel, Message, NotTaken
from bavn.runtime.log import log, log_error

# One try; the next comes after a pause, which doubles up to a limit.
DEADLINE_S = 10.0
PAUSE_S, PAUSE_MOST_S = 1.0, 15.0
# By then the rule has long gone on to others, and what comes later only confuses.
TRIES_LIMIT = 40

# What is to be handed over: None when it is not any more.
Compose = Callable[[str], Awaitable[Message | None]]


@dataclass(frozen=True, kw_only=True)
class Results:
    """Who is told what became of an alert: by its number, and after how many tries."""

    handed_over: Callable[[str, int], Awaitable[None]]
    failed: Callable[[str, str, int], Awaitable[None]]


@dataclass
class _Lane:
    channel: Channel
    waiting: asyncio.Queue[tuple[str, int]] = field(default_factory=asyncio.Queue)
    hands: list[asyncio.Task[None]] = field(default_factory=list)


class Outbox:
    """Hands over what it is given, again and again until it is taken; made in an event loop."""

    def __init__(
        self, compose: Compose, results: Results, *, deadline_s: float = DEADLINE_S
    ) -> None:
        self._compose = compose
        self._results = results
        self._deadline_s = deadline_s
        self._lanes: dict[str, _Lane] = {}
        # Those that are under way and where, so that none is handed over twice at once.
        self._known: dict[str, str] = {}
        self._others: set[asyncio.Task[None]] = set()

    def add(self, name: str, channel: Channel, at_once: int) -> None:
        """Have a channel of this name."""
        lane = _Lane(channel)
        lane.hands = [
            asyncio.create_task(self._work(lane), name=f"alert {name} {number}")
            for number in range(at_once)
        ]
        self._lanes[name] = lane

    def put(self, alert: str, channel: str) -> None:
        """Have an alert handed over; at once or later, and never waited for."""
        if alert in self._known:
            return
        self._known[alert] = channel
        lane = self._lanes.get(channel)
        if lane is None:
            self._soon(self._fail(alert, "no_channel", 0))
        else:
            lane.waiting.put_nowait((alert, 1))

    def waiting(self) -> Mapping[str, int]:
        """By channel: how many are under way or wait for another try."""
        return Counter(self._known.values())

    async def close(self) -> None:
        """Hand over nothing more; what waits is on record."""
        tasks = [*self._others, *(each for lane in self._lanes.values() for each in lane.hands)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in self._lanes.values():
            await lane.channel.close()

    async def _work(self, lane: _Lane) -> None:
        while True:
            alert, number = await lane.waiting.get()
            try:
                await self._try(lane, alert, number)
            except Exception as error:  # noqa: BLE001 - one broken alert must not stop the next
                log_error("alert.broken", error, alert=alert)
                self._known.pop(alert, None)

    async def _try(self, lane: _Lane, alert: str, number: int) -> None:
        try:
            message = await self._compose(alert)
            if message is None:
                self._known.pop(alert, None)
                return
            async with asyncio.timeout(self._deadline_s):
                await lane.channel.hand_over(message)
        except NotTaken as no:
            is_final, why = no.is_final, no.why
        except TimeoutError:
            is_final, why = False, UNREACHABLE
        except Exception as error:  # noqa: BLE001 - a broken channel is one that is not reached
            log_error("alert.channel_broken", error, alert=alert)
            is_final, why = False, UNUSABLE
        else:
            log("alert.handed_over", alert=alert, tries=number)
            await self._results.handed_over(alert, number)
            self._known.pop(alert, None)
            return
        log("alert.not_taken", alert=alert, tries=number, why=why)
        if is_final or number >= TRIES_LIMIT:
            await self._fail(alert, why, number)
        else:
            self._soon(self._again(lane, alert, number))

    async def _again(self, lane: _Lane, alert: str, number: int) -> None:
        await asyncio.sleep(min(PAUSE_S * 2 ** min(number - 1, 8), PAUSE_MOST_S))
        lane.waiting.put_nowait((alert, number + 1))

    async def _fail(self, alert: str, why: str, tries: int) -> None:
        await self._results.failed(alert, why, tries)
        self._known.pop(alert, None)

    def _soon(self, work: "Awaitable[None]") -> None:
        async def done() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001 - it is on record, and tried after a start
                log_error("alert.not_kept", error)

        task = asyncio.create_task(done())
        self._others.add(task)
        task.add_done_callback(self._others.discard)
