# SPDX-License-Identifier: Apache-2.0
"""A play that tells several servers: each its own, and one that is away keeps no other waiting."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx
import pytest

from bavn.node.play import client
from bavn.node.play.client import Line
from bavn.node.play.several import Lines

T = TypeVar("T")
HOSTS = {"north": ("fire-north",), "south": ("fire-south", "south")}


class Node:
    """A server in memory: takes what it hosts, and can be away."""

    def __init__(self, name: str, *hosts: str) -> None:
        self.name = name
        self.hosts = set(hosts)
        self.is_away = False
        self.taken: list[tuple[str, Any]] = []
        self.listed: list[dict[str, Any]] = []

    def line(self) -> Line:
        return Line(f"http://{self.name}", "token", httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("nobody there", request=request)
        path = request.url.path
        if request.method == "GET" and path.endswith("/connections"):
            hosts = [{"id": each} for each in sorted(self.hosts)]
            return httpx.Response(200, json={"nodes": [{"state": "here", "hosts": hosts}]})
        if request.method == "GET":
            return httpx.Response(200, json={"items": self.listed, "next": None})
        body = json.loads(request.content)
        if body.get("service", next(iter(self.hosts), "")) not in self.hosts:
            return httpx.Response(409, json={"error": {"code": "not_hosted_here"}})
        self.taken.append((path, body))
        return httpx.Response(201, json={"id": f"{self.name}-{len(self.taken)}"})


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bavn.node.play.several.WAIT_FIRST_S", 0.001)
    monkeypatch.setattr("bavn.node.play.several.WAIT_MOST_S", 0.01)
    monkeypatch.setattr(client, "WAIT_FIRST_S", 0.001)


def both() -> tuple[Node, Node, Lines]:
    north, south = (Node(name, *hosts) for name, hosts in HOSTS.items())
    return north, south, Lines({"north": north.line(), "south": south.line()}, HOSTS)


def run(doing: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(doing, 10))


async def report(lines: Lines, service: str, ref: str) -> str:
    body = {"service": service, "sender_ref": ref}
    answer = await lines.ask("POST", "/api/v1/incidents", body, whose=service)
    return str(answer.body["id"])


def test_each_is_told_what_is_its_own() -> None:
    north, south, lines = both()

    async def play() -> None:
        await report(lines, "fire-north", "1")
        await report(lines, "fire-south", "2")
        await lines.ask("POST", "/api/v1/units/u/status", {"status": "x"}, whose="fire-south")
        moved = [("fire-north", {"unit": "n"}), ("fire-south", {"unit": "s"})]
        await lines.positions("/api/v1/positions", moved)
        await lines.items("/api/v1/units")
        await lines.close()

    run(play())
    assert [body.get("sender_ref") for path, body in north.taken if "items" not in body] == ["1"]
    assert ("/api/v1/units/u/status", {"status": "x"}) in south.taken
    assert ("/api/v1/positions", {"items": [{"unit": "n"}]}) in north.taken


def test_who_is_away_keeps_nobody_else_waiting_and_gets_all_when_it_is_back() -> None:
    north, south, lines = both()
    north.is_away = True

    async def play() -> None:
        waiting = [asyncio.create_task(report(lines, "fire-north", str(n))) for n in range(40)]
        await asyncio.sleep(0.02)
        for number in range(5):
            await report(lines, "fire-south", f"s{number}")
        away_then = lines.is_away
        assert not any(task.done() for task in waiting)
        north.is_away = False
        await asyncio.gather(*waiting)
        assert (away_then, lines.is_away) == (True, False)
        await lines.close()

    run(play())
    assert len(south.taken) == 5
    assert sorted(int(body["sender_ref"]) for _, body in north.taken) == list(range(40))


def test_after_a_take_over_a_service_reports_to_its_stand_in() -> None:
    north, south, lines = both()
    north.is_away = True

    async def play() -> None:
        waiting = asyncio.create_task(report(lines, "fire-north", "1"))
        await asyncio.sleep(0.02)
        south.hosts.add("fire-north")
        lines.take_hosts({"south": frozenset(south.hosts)})
        assert (await waiting).startswith("south-")
        await lines.close()

    run(play())


def test_two_that_claim_the_same_do_not_move_it() -> None:
    _, _, lines = both()
    lines.take_hosts({"north": frozenset({"fire-north"}), "south": frozenset({"fire-north"})})
    assert lines.node_of("fire-north") == "north"
    lines.take_hosts({"north": frozenset(), "south": frozenset({"fire-north"})})
    assert lines.node_of("fire-north") == "south"


def test_a_thing_that_several_tell_of_is_taken_as_its_host_tells_it() -> None:
    north, south, lines = both()
    north.listed = [
        {"id": "a", "service": "fire-north", "says": "mine"},
        {"id": "b", "service": "fire-south", "says": "hearsay"},
        {"code": "0851", "service": None},
    ]
    south.listed = [
        {"id": "a", "service": "fire-north", "says": "hearsay"},
        {"id": "b", "service": "fire-south", "says": "mine"},
        {"code": "0851", "service": "fire-north"},
    ]

    async def play() -> list[dict[str, Any]]:
        found = await lines.items("/api/v1/things")
        await lines.close()
        return found

    found = run(play())
    assert {each["says"] for each in found if "says" in each} == {"mine"}
    assert {each["code"]: each["service"] for each in found if "code" in each} == {
        "0851": "fire-north"
    }
