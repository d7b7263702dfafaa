# SPDX-License-Identifier: Apache-2.0
"""The hybrid logical clock: wall time that never runs backwards and is not led astray by peers.

Within one incarnation of a node its ticks are strictly rising, whatever the wall clock does; that
is what orders a node's own facts. Between owners it only orders what is shown (design §6).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Self

from bavn.kernel.instants import instant_of, ms_of

# A peer's clock may pull ours this far beyond our own wall clock, no further: a node with a clock a
# year ahead must not drag the whole country into next year. Larger skew is accepted in the peer's
# facts and flagged.
PEER_LEAD_MS_LIMIT = 5_000

COUNTER_LIMIT = 0xFFFF
# From 1970 on; what the digits mean is the calendar's to refuse.
_MS = re.compile(r"(?:19[7-9]|[2-9]\d\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_MS_CHARACTERS = 24
_COUNTER = re.compile(r"/([0-9a-f]{4})")


# A commit group is told within one millisecond or a few, and a merge walks through them in order.
@lru_cache(maxsize=64)
def _text_of_ms(ms: int) -> str:
    return instant_of(ms).isoformat(timespec="milliseconds")[:23]


@lru_cache(maxsize=1024)
def _ms_of_text(text: str) -> int:
    if _MS.fullmatch(text) is None:
        raise _not_a_tick(text)
    return ms_of(datetime.fromisoformat(text))


@lru_cache(maxsize=1024)
def _counter_of_text(text: str) -> int:
    counter = _COUNTER.fullmatch(text)
    if counter is None:
        raise _not_a_tick(text)
    return int(counter[1], 16)


def _not_a_tick(text: str) -> ValueError:
    return ValueError(f"not a tick of a hybrid clock: {text!r}")


class Tick(NamedTuple):
    """One reading of a hybrid clock."""

    ms: int
    counter: int

    def text(self) -> str:
        """The tick as it stands in a fact; texts sort as ticks do.

        >>> Tick(1_500, 10).text()
        '1970-01-01T00:00:01.500Z/000a'
        """
        return f"{_text_of_ms(self.ms)}Z/{self.counter:04x}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The tick of a text; raises ValueError when it is not exactly one."""
        ms, counter = _ms_of_text(text[:_MS_CHARACTERS]), _counter_of_text(text[_MS_CHARACTERS:])
        # Without the detour over a NamedTuple's own constructor: this is done for every fact heard.
        return tuple.__new__(cls, (ms, counter))


_START = Tick(0, 0)


@dataclass(slots=True)
class HybridClock:
    """A node's own clock; `now` is always handed in."""

    last: Tick = _START

    def tick(self, now_ms: int) -> Tick:
        """The next reading, strictly after every one before it."""
        last = self.last
        if now_ms > last.ms:
            self.last = Tick(now_ms, 0)
        elif last.counter < COUNTER_LIMIT:
            self.last = Tick(last.ms, last.counter + 1)
        else:
            self.last = Tick(last.ms + 1, 0)
        return self.last

    def witness(self, heard: Tick, now_ms: int) -> bool:
        """Move past a peer's reading, within the bound; False when the peer is skewed beyond it."""
        if heard.ms > now_ms + PEER_LEAD_MS_LIMIT:
            return False
        self.last = max(self.last, heard)
        return True

    def lead_ms(self, now_ms: int) -> int:
        """How far this clock runs ahead of the wall clock; zero when it does not."""
        return max(0, self.last.ms - now_ms)
