# SPDX-License-Identifier: Apache-2.0
"""Telemetry between nodes: the last value of what moves, with whose it is and when it was so.

Nothing is queued. What has not gone when a newer value comes is forgotten; who is heard again is
told the last value of each thing, and not what was in between.
"""

from collections.abc import Callable, Iterable, Sequence

from bavn.kernel.identity import NodeId
from bavn.runtime.peers.content import Moved

# All units of a country several times over; it bounds what a wrong sender can fill.
KEPT_LIMIT = 20_000
# What a value takes in a letter beside its names and itself: its instant, and each part's length.
_AROUND_BYTES = 16

Key = tuple[str, str]
Takes = Callable[[Sequence[Moved]], None]


class Telemetry:
    """Last values, and to whom each has still to go."""

    def __init__(self) -> None:
        self._last: dict[Key, Moved] = {}
        self._waiting: dict[NodeId, dict[Key, Moved]] = {}
        self._takes: list[Takes] = []

    def on_heard(self, takes: Takes) -> None:
        """Have what other nodes tell handed to somebody."""
        self._takes.append(takes)

    def put(self, moved: Iterable[Moved], to: Iterable[NodeId]) -> None:
        """Have values of our own go to these nodes."""
        self._keep(moved, list(to))

    def heard(self, moved: Iterable[Moved], onward: Iterable[NodeId]) -> None:
        """Take in what a node told, and have what is newer go on to these others."""
        newer = self._keep(moved, list(onward))
        if newer:
            for takes in self._takes:
                takes(newer)

    def waits_for(self, node: NodeId) -> bool:
        """True while something has still to go to a node."""
        return bool(self._waiting.get(node))

    def next_for(self, node: NodeId, bytes_limit: int) -> tuple[Moved, ...]:
        """What should go to a node now, at least one where any waits; it is forgotten here.

        Those that have waited longest come first, so that each has its turn on a narrow line.
        """
        waiting, left = self._waiting.get(node, {}), bytes_limit
        keys: list[Key] = []
        for key, moved in waiting.items():
            left -= bytes_of(moved)
            if keys and left < 0:
                break
            keys.append(key)
        return tuple(waiting.pop(key) for key in keys)

    def greet(self, node: NodeId) -> None:
        """Have the last value of everything go to a node that is heard again."""
        self._waiting[node] = dict(self._last)

    def forget(self, node: NodeId) -> None:
        """Nothing goes to a node that is not heard."""
        self._waiting.pop(node, None)

    def _keep(self, moved: Iterable[Moved], nodes: Sequence[NodeId]) -> list[Moved]:
        newer = []
        for each in moved:
            key = (each.sort, each.key)
            before = self._last.get(key)
            if before is None and len(self._last) >= KEPT_LIMIT:
                continue
            if before is not None and each.at_ms <= before.at_ms:
                continue
            self._last[key] = each
            newer.append(each)
            for node in nodes:
                self._waiting.setdefault(node, {})[key] = each
        return newer


def bytes_of(moved: Moved) -> int:
    """About so many bytes of a letter, before it is compressed."""
    names = len(moved.sort) + len(moved.owner) + len(moved.key)
    return _AROUND_BYTES + names + len(bytes(moved.value))
