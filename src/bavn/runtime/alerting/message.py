# SPDX-License-Identifier: Apache-2.0
"""What is handed over, and what comes of it."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

# By these words the record knows why an alert failed; they say nothing of where it was sent.
UNREACHABLE, REFUSED, UNUSABLE = "unreachable", "refused", "unusable"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An alert on its way: its own number, where to, and what it says.

    The number is the same however often it is handed over, so that a repeat does no harm.
    `fields` says the same as the lines, for programs.
    """

    id: str
    to: str
    title: str
    lines: tuple[str, ...]
    fields: Mapping[str, object]

    def __repr__(self) -> str:
        # An address is nobody's to read in a trace.
        return f"Message({self.id})"

    @property
    def text(self) -> str:
        """All that it says, line by line."""
        return "\n".join((self.title, *self.lines))


class NotTaken(Exception):
    """It was not handed over. `is_final` tells that another try would come to the same."""

    def __init__(self, why: str, *, is_final: bool) -> None:
        super().__init__(why)
        self.why = why
        self.is_final = is_final


class Channel(Protocol):
    """A way to alert somebody.

    Whatever happens out there, `hand_over` ends by itself within its own deadline, can be
    cancelled, and raises NotTaken or nothing. A message that is handed over again under its number
    does no harm, or says in the channel's own words that it is a repeat.
    """

    async def hand_over(self, message: Message) -> None:
        """Return when whoever carries it on has taken it."""

    async def close(self) -> None:
        """Let go of what is held."""
