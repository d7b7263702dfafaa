# SPDX-License-Identifier: Apache-2.0
"""What every line does with a letter that came: have it heard, and give the answer back.

Letters begin to be heard in the order they came, and one that takes long holds up no other. What is
in hand is bounded; beyond that letters are dropped, which every line may do, and said in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bavn.kernel.refusal import BrokenPromise
from bavn.runtime import clock
from bavn.runtime.log import log, log_error
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT, Hears, Unreachable

# A centre with a hundred nodes around it, each with a beat and a question at the same instant.
IN_HAND_LIMIT = 512
# Seven of the largest letters.
IN_HAND_BYTES_LIMIT = 64 * 1024 * 1024
# How often it is said that letters are dropped.
SAID_S = 10.0

Answers = Callable[[bytes], Awaitable[None]]


class Hearing:
    """The letters of one line that are being heard now."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._hears: Hears | None = None
        self._in_hand: set[asyncio.Task[None]] = set()
        self._in_hand_bytes = 0
        self.dropped_count = 0
        self._said_s = -SAID_S

    def open(self, hears: Hears) -> None:
        """From now on this one hears."""
        self._hears = hears

    def take(
        self, letter: bytes, answers: Answers | None = None, hears: Hears | None = None
    ) -> bool:
        """Have a letter heard; False when there is too much in hand, and it was dropped.

        `hears` is who takes it, where it is another than who opened: whoever passes it on.
        """
        hears = hears or self._hears
        if (
            self._hears is None
            or hears is None
            or len(letter) > LETTER_BYTES_LIMIT
            or len(self._in_hand) >= IN_HAND_LIMIT
            or self._in_hand_bytes + len(letter) > IN_HAND_BYTES_LIMIT
        ):
            self.drop()
            return False
        self._in_hand_bytes += len(letter)
        task = asyncio.get_running_loop().create_task(self._hear(hears, letter, answers))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)
        return True

    def drop(self) -> None:
        """Count what is dropped, and say so now and then."""
        self.dropped_count += 1
        if clock.seconds() - self._said_s >= SAID_S:
            self._said_s = clock.seconds()
            log("line.dropped", line=self._line, count=self.dropped_count)

    async def close(self) -> None:
        """Let go of what is in hand."""
        self._hears = None
        for task in self._in_hand:
            task.cancel()
        await asyncio.gather(*self._in_hand, return_exceptions=True)

    async def _hear(self, hears: Hears, letter: bytes, answers: Answers | None) -> None:
        try:
            said = await hears(letter)
            if answers is not None and said is not None:
                of_a_size(said)
                await answers(said)
        except Unreachable:
            # Who asked is gone; it will ask again.
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the line goes on
            log_error("line.hearing_broke", error, line=self._line)
        finally:
            self._in_hand_bytes -= len(letter)


def of_a_size(letter: bytes) -> None:
    """Raise BrokenPromise for a letter that no line takes."""
    if len(letter) > LETTER_BYTES_LIMIT:
        raise BrokenPromise(f"a letter of {len(letter)} bytes; a line takes {LETTER_BYTES_LIMIT}")
