# SPDX-License-Identifier: Apache-2.0
"""A line: a way to other nodes, for sealed letters.

A line carries bytes and knows nothing of what they say: who sealed a letter, and whether it may be
heard, is found out by whoever opens it. A line may lose, repeat, delay and reorder what is told on
it, and never alters it. Every line passes one contract: `tests/runtime/peers/line_contract.py`.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from bavn.kernel.identity import NodeId

# The largest segment of a channel, sealed, with what is around it.
LETTER_BYTES_LIMIT = 9 * 1024 * 1024

# Hears a letter and gives the answer to one that was asked; None when there is nothing to say.
Hears = Callable[[bytes], Awaitable[bytes | None]]


class Unreachable(Exception):
    """There is no way to the node now, or it did not answer in time."""


class Line(Protocol):
    """A way to other nodes."""

    @property
    def name(self) -> str:
        """What people call this way: nats, https, memory."""

    @property
    def is_up(self) -> bool:
        """True when the nearest post on the way answers; a node beyond it may be silent still."""

    async def open(self, hears: Hears) -> None:
        """Begin. What cannot be connected is tried again, for as long as the line is open."""

    async def tell(self, to: NodeId, letter: bytes) -> None:
        """Send a letter that nobody waits for; Unreachable when it is known not to go."""

    async def ask(self, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """The other node's answer to a letter; Unreachable when there is none in time."""

    def doubt(self) -> None:
        """Make the connection anew: nothing was heard on it for longer than there should be."""

    async def close(self) -> None:
        """Let go of the connection; who waits for an answer hears Unreachable."""
