# SPDX-License-Identifier: Apache-2.0
"""What each node says of the others, asked of it again and again by its public interface."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import msgspec

from bavn.kernel.identity import NodeId
from bavn.node.federated.measure import Sight
from bavn.runtime import clock

CONNECTIONS, INCIDENTS = "/api/v1/connections", "/api/v1/incidents"
# A node that is held answers nobody, and nobody is to wait for it.
TIMEOUT_S = 2.0
# A node looks itself once a second; while something is timed it is asked more often than that.
LOOK_EACH_S, HURRIED_S = 1.5, 0.25
# What was said longer ago is said no more.
OLD_S = 4.0


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a node said, and when: whom it hosts itself, and how it sees each other."""

    at_s: float
    at: datetime
    hosts: tuple[str, ...]
    sights: dict[str, Sight]
    evidence_count: int


class Eyes:
    """Asks every node what it sees, for as long as it is open."""

    def __init__(self, addresses: Mapping[NodeId, str], tokens: Mapping[NodeId, str]) -> None:
        self._views: dict[NodeId, View] = {}
        # Those whose next word is being waited for.
        self.hurried: set[NodeId] = set()
        self._clients = {
            node: httpx.AsyncClient(
                base_url=address,
                headers={"authorization": f"Bearer {tokens[node]}", "accept": "application/json"},
                timeout=TIMEOUT_S,
                trust_env=False,
            )
            for node, address in addresses.items()
        }

    def view(self, node: NodeId) -> View | None:
        """What a node says now; None when it says nothing."""
        view = self._views.get(node)
        return None if view is None or clock.seconds() - view.at_s > OLD_S else view

    async def look(self, node: NodeId) -> None:
        """Keep asking one node."""
        while True:
            answer = await self.ask(node, "GET", CONNECTIONS)
            if answer is not None and "nodes" in answer:
                self._views[node] = view_of(answer, clock.seconds())
            asked_s = clock.seconds()
            while clock.seconds() - asked_s < LOOK_EACH_S:
                await asyncio.sleep(HURRIED_S)
                if node in self.hurried:
                    break

    async def ask(
        self, node: NodeId, method: str, path: str, body: object = None
    ) -> dict[str, Any] | None:
        """What a node answers; None when it does not, or when it refuses."""
        try:
            answer = await self._clients[node].request(method, path, json=body)
        except httpx.HTTPError:
            return None
        if answer.is_error:
            return None
        found = answer.json()
        return found if isinstance(found, dict) else None

    async def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            await client.aclose()


def view_of(answer: Mapping[str, Any], at_s: float) -> View:
    """The view in an answer of a node."""
    here = [each for each in answer["nodes"] if each["state"] == "here"]
    return View(
        at_s=at_s,
        at=datetime.fromisoformat(answer["at"]),
        hosts=tuple(str(hosted["id"]) for each in here for hosted in each["hosts"]),
        sights={str(each["id"]): msgspec.convert(each, Sight) for each in answer["nodes"]},
        evidence_count=len(answer.get("noticed", ())),
    )
