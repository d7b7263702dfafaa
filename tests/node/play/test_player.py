# SPDX-License-Identifier: Apache-2.0
"""A play over a bad line: nothing is lost, nothing is doubled, and a killed one goes on."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bavn.node.play import client
from bavn.node.play import memory as kept
from bavn.node.play.client import Line
from bavn.node.play.manner import manner_of
from bavn.node.play.memory import Guest, Memory
from bavn.node.play.opening import Wish, begin, go_on
from bavn.node.play.player import Player
from bavn.node.play.script import Plot, Script
from bavn.node.play.telling import Saying, Telling
from bavn.node.play.tempo import Tempo
from bavn.runtime import clock
from tests.node.play.casts import DENMARK, cast
from tests.node.play.lossy import LossyServer

pytestmark = pytest.mark.slow
SPEED = 2_000.0
ZONE = "Europe/Copenhagen"
MOVES = {
    "available": {"alerted"},
    "alerted": {"en_route", "available"},
    "en_route": {"at_scene", "returning"},
    "at_scene": {"returning"},
    "returning": {"available", "alerted"},
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WAIT_FIRST_S", 0.001)
    monkeypatch.setattr(client, "WAIT_MOST_S", 0.01)


def opened(path: Path, seed: int) -> Memory:
    memory = kept.read(path)
    if memory is None:
        wish = Wish(seed=seed, speed=SPEED)
        return begin(wish, manner_of(DENMARK), ZONE, clock.now())
    return go_on(memory, Wish(), clock.now())


def play(server: LossyServer, path: Path, *, for_s: float, seed: int = 1) -> Player:
    """One run of the play, ended as a kill would end it: without waiting for anything."""

    async def run() -> Player:
        memory = opened(path, seed)
        plot = Plot(seed=memory.seed, kind=memory.day, first_day=memory.first_day)
        line = Line("http://demo", "token", server.transport)
        player = Player(line, Script(cast(), plot), memory, path)
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(for_s, stop.set)
        try:
            await player.play(stop)
        finally:
            await line.close()
        return player

    return asyncio.run(run())


def expected(path: Path) -> dict[str, Saying]:
    """All that should have been told up to where the play has been told, by number."""
    memory = kept.read(path)
    assert memory is not None
    plot = Plot(seed=memory.seed, kind=memory.day, first_day=memory.first_day)
    script = Script(cast(), plot)
    telling = Telling(script, Tempo(memory.stretch), memory.act)
    found = {}
    for event in script.until(memory.told_s):
        for saying in telling.of(event):
            reported_s = script.incidents[saying.incident].at_s
            if not any(gap.from_s <= reported_s < gap.to_s for gap in memory.unseen):
                found[saying.body["sender_ref"]] = saying
    return found


def check(server: LossyServer, path: Path) -> None:
    wanted = expected(path)
    assert len(wanted) > 50
    assert server.lost > 5
    assert server.conflicts == []
    assert wanted.keys() - server.said.keys() == set(), "something was lost"
    for about, bodies in server.of.items():
        status = "available"
        for body in bodies:
            if "/units/" in about:
                assert body["status"] in MOVES[status], (about, bodies)
                status = body["status"]


@pytest.mark.parametrize("seed", [1, 2])
def test_over_a_bad_line_everything_is_told_once_and_in_order(tmp_path: Path, seed: int) -> None:
    server, path = LossyServer(seed), tmp_path / kept.NAME
    player = play(server, path, for_s=2.0, seed=seed)
    check(server, path)
    assert player.refused_count == 0
    assert server.positions > 0


def test_a_play_that_is_killed_again_and_again_goes_on_where_it_was(tmp_path: Path) -> None:
    server, path = LossyServer(3), tmp_path / kept.NAME
    for _ in range(4):
        play(server, path, for_s=0.8)
    check(server, path)
    reports = [body for said, body in server.said.values() if said.endswith("/incidents")]
    assert len(reports) == len(server.ids)


def test_a_stranger_incident_is_taken_care_of_also_after_a_kill(tmp_path: Path) -> None:
    server, path = LossyServer(4), tmp_path / kept.NAME
    play(server, path, for_s=0.5)
    memory = kept.read(path)
    assert memory is not None
    # As `Guests` hands it over, just before the kill.
    now_s = Tempo(memory.stretch).play_s(clock.now() + timedelta(seconds=0.2))
    guest = Guest(
        id="stranger",
        at_s=now_s,
        type="BR-CON",
        lat=55.4,
        lon=10.39,
        municipality="0461",
        service="bfyn",
    )
    memory.guest.append(guest)
    memory.write(path)
    play(server, path, for_s=4.0)
    statuses = [
        body["status"] for _, body in server.said.values() if body.get("incident") == "stranger"
    ]
    assert statuses[:2] == ["alerted", "en_route"]
    closed = [said for said, _ in server.said.values() if said.endswith("stranger/close")]
    assert closed == ["/api/v1/incidents/stranger/close"]
