# SPDX-License-Identifier: Apache-2.0
"""A server's answers as a bad line gives them: refused connections, lost answers, short outages.

It keeps what a server would keep: each number once, with its content, and the order in which each
unit's and each incident's came.
"""

import json
from collections import defaultdict
from typing import Any

import httpx
import numpy as np

LOST_BEFORE, LOST_AFTER, BROKEN = 0.08, 0.08, 0.04


class LossyServer:
    """Answers in memory; what is sent again under the same number gets the same answer."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self.said: dict[str, tuple[str, dict[str, Any]]] = {}
        self.ids: dict[str, str] = {}
        self.of: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.conflicts: list[str] = []
        self.positions = 0
        self.lost = 0

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        drawn = self._chance.random()
        if drawn < LOST_BEFORE:
            self.lost += 1
            raise httpx.ConnectError("nobody there", request=request)
        if drawn < LOST_BEFORE + BROKEN:
            self.lost += 1
            return httpx.Response(503, json={"error": {"code": "writer_stopped"}})
        response = self._done(request.url.path, json.loads(request.content or b"{}"))
        if drawn > 1 - LOST_AFTER:
            self.lost += 1
            raise httpx.ReadTimeout("the answer was lost", request=request)
        return response

    def _done(self, path: str, body: dict[str, Any]) -> httpx.Response:
        if path.endswith("/positions"):
            self.positions += len(body["items"])
            return httpx.Response(200, json={"taken": len(body["items"]), "problems": []})
        ref = body["sender_ref"]
        if ref in self.said:
            if self.said[ref] != (path, body):
                self.conflicts.append(ref)
                return httpx.Response(409, json={"error": {"code": "other_content"}})
            return httpx.Response(201, json={"id": self.ids.get(ref, ""), "repeated": True})
        self.said[ref] = path, body
        if path.endswith(("/incidents", "/alarms")):
            self.ids[ref] = f"i{len(self.ids)}"
            return httpx.Response(201, json={"id": self.ids[ref], "repeated": False})
        self.of[path.rpartition("/")[0]].append(body)
        return httpx.Response(201, json={"repeated": False})
