# SPDX-License-Identifier: Apache-2.0
"""A foreign system's messages through the door, at the time at which each was sent."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx

from tests.node.foreign_system import ForeignSystem

_ID = re.compile(rb"\{id:([a-z0-9]+)\}")


async def _nothing(_key: str) -> None:
    return


class Replay:
    """What was sent so far, and what was answered."""

    def __init__(
        self, system: httpx.AsyncClient, foreign: ForeignSystem, at: Callable[[datetime], None]
    ) -> None:
        self.system, self.foreign, self._at = system, foreign, at
        # The ids that it was given, and those that it was given beside: there should be none.
        self.ids: dict[str, str] = {}
        self.others: set[str] = set()
        self.taken = self.repeated = self.out_of_order = 0
        # What else happens when an incident is first known.
        self.then: Callable[[str], Awaitable[None]] = _nothing

    async def all(self) -> None:
        """The whole of it."""
        for message in self.foreign.messages:
            self._at(message.sent)
            path = self._filled(message.path.encode()).decode()
            answer = await self.system.post(path, content=self._filled(message.body))
            assert answer.status_code < 500, (message, answer.text)
            is_new = message.key not in self.ids
            if answer.is_success:
                self._answered(message.key, answer.json())
                if message.key and is_new:
                    await self.then(message.key)

    def _answered(self, key: str, told: dict[str, Any]) -> None:
        if key and self.ids.setdefault(key, told["id"]) != told["id"]:
            self.others.add(told["id"])
        if "flagged" in told:
            self.taken += told["taken"]
            self.repeated += told["repeated"]
        if "outranked" in told:
            self.out_of_order += any("older" in each["says"] for each in told["problems"])

    def _filled(self, raw: bytes) -> bytes:
        return _ID.sub(lambda found: self.ids.get(found[1].decode(), "0").encode(), raw)
