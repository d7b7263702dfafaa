# SPDX-License-Identifier: Apache-2.0
"""Lines to several servers: each thing is told to the one that hosts the organisation it is of.

A server that is away keeps nobody waiting but those who belong to it. Who hosts whom is asked of
the servers themselves, now and then: after a take-over a service reports to its stand-in.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from bavn.node.play.client import (
    WAIT_FIRST_S,
    WAIT_GROWTH,
    WAIT_MOST_S,
    Answer,
    Json,
    Line,
    Position,
)
from bavn.runtime import clock
from bavn.runtime.log import log

LOOK_EACH_S = 5.0
CONNECTIONS, INCIDENTS = "/api/v1/connections", "/api/v1/incidents"
HERE, NOT_HOSTED = "here", "not_hosted_here"
# A grant that has just moved is known everywhere after so long; then a refusal is one.
MOVES_WITHIN_S = 30.0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A server that the play tells: where it is, its token, and whom it hosted at the start."""

    node: str
    address: str
    token: str
    hosts: tuple[str, ...]


class Lines:
    """Lines to several servers."""

    def __init__(self, lines: Mapping[str, Line], hosts: Mapping[str, Iterable[str]]) -> None:
        self._lines = dict(lines)
        self._host = {owner: node for node, owners in hosts.items() for owner in owners}
        # Whose the incidents are that others reported.
        self._owners: dict[str, str] = {}
        self._moving: dict[str, asyncio.Task[Answer | None]] = {}

    @property
    def is_away(self) -> bool:
        """True while one of them does not answer."""
        return any(line.is_away for line in self._lines.values())

    async def close(self) -> None:
        """Hang up everywhere."""
        for task in self._moving.values():
            task.cancel()
        await asyncio.gather(*self._moving.values(), return_exceptions=True)
        for line in self._lines.values():
            await line.close()

    def node_of(self, owner: str) -> str:
        """The node that hosts an organisation; the first of all for one that nobody hosts."""
        return self._host.get(owner, next(iter(self._lines)))

    def _line_of(self, path: str, whose: str) -> Line:
        incident = path.removeprefix(f"{INCIDENTS}/").partition("/")[0]
        return self._lines[self.node_of(self._owners.get(incident, whose))]

    async def once(
        self, method: str, path: str, body: Json | None = None, *, whose: str = ""
    ) -> Answer | None:
        """Ask the host once; a list without an owner is asked of all that are not away."""
        if method == "GET" and not whose:
            return await self._listed(path)
        return await self._line_of(path, whose).once(method, path, body)

    async def ask(
        self, method: str, path: str, body: Json | None = None, *, whose: str = ""
    ) -> Answer:
        """Ask whoever is the host until there is an answer."""
        wait_s, until_s = WAIT_FIRST_S, clock.seconds() + MOVES_WITHIN_S
        while True:
            line = self._line_of(path, whose)
            async with line.at_once:
                answer = await line.once(method, path, body)
            if answer is not None and (answer.refused != NOT_HOSTED or clock.seconds() > until_s):
                return answer
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * WAIT_GROWTH, WAIT_MOST_S)

    async def items(self, path: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """All items, each as its own host tells of it."""
        told = await asyncio.gather(*(line.items(path, query) for line in self._lines.values()))
        return self._best(zip(self._lines, told, strict=True))

    async def positions(self, path: str, items: Sequence[Position]) -> None:
        """Say where units are, each to its host; whoever has not answered the last is left out."""
        by_node: dict[str, list[Json]] = {}
        for owner, item in items:
            by_node.setdefault(self.node_of(owner), []).append(item)
        for node, sent in by_node.items():
            before = self._moving.get(node)
            if before is None or before.done():
                asked = self._lines[node].once("POST", path, {"items": sent})
                self._moving[node] = asyncio.create_task(asked)
        await asyncio.sleep(0)

    async def look(self) -> None:
        """Keep asking each server whom it hosts, for as long as the play goes on."""
        while True:
            await asyncio.sleep(LOOK_EACH_S)
            asked = [line.once("GET", CONNECTIONS) for line in self._lines.values()]
            said = await asyncio.gather(*asked)
            answers = {
                node: _hosted(answer)
                for node, answer in zip(self._lines, said, strict=True)
                if answer is not None and answer.refused is None
            }
            self.take_hosts(answers)

    def take_hosts(self, said: Mapping[str, frozenset[str]]) -> None:
        """Believe who says that it hosts somebody, unless the one of before says so as well."""
        for node, owners in said.items():
            for owner in owners:
                before = self._host.get(owner)
                if before == node or owner in said.get(before or "", ()):
                    continue
                self._host[owner] = node
                log("play.host_moved", owner=owner, node=node)

    async def _listed(self, path: str) -> Answer | None:
        near = {node: line for node, line in self._lines.items() if not line.is_away}
        answers = await asyncio.gather(*(line.once("GET", path) for line in near.values()))
        told = [
            (node, answer.body["items"])
            for node, answer in zip(near, answers, strict=True)
            if answer is not None and answer.refused is None
        ]
        found = self._best(told)
        if path.startswith(INCIDENTS):
            self._owners = {str(each["id"]): str(each["service"]) for each in found}
        return Answer(200, {"items": found}) if told else None

    def _best(self, told: Iterable[tuple[str, list[Json]]]) -> list[Json]:
        """Each thing once: as its host tells of it, else as somebody does who knows whose it is."""
        found: dict[str, tuple[int, Json]] = {}
        for node, items in told:
            for item in items:
                name, owner = str(item.get("id") or item.get("code")), item.get("service")
                rank = 0 if owner is None else 1 + (self._host.get(owner) == node)
                if name not in found or found[name][0] < rank:
                    found[name] = rank, item
        return [item for _, item in found.values()]


def _hosted(answer: Answer) -> frozenset[str]:
    here = [each for each in answer.body.get("nodes", ()) if each["state"] == HERE]
    return frozenset(str(hosted["id"]) for each in here for hosted in each["hosts"])
