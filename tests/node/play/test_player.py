# SPDX-License-Identifier: Apache-2.0
"""A play over a bad line: nothing is lost, nothing is doubled, and a killed one goes on."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from bavn.engines.days import DAY_S
from bavn.node.play import client
from bavn.node.play import memory as kept
from bavn.node.play.client import Line
from bavn.node.play.ground import HOUR_S
from bavn.node.play.manner import manner_of
from bavn.node.play.memory import Guest, Memory, Unseen
from bavn.node.play.opening import WARM_S, Wish, begin, go_on
from bavn.node.play.player import Player
from bavn.node.play.script import Plot, Script
from bavn.node.play.telling import Saying, Telling
from bavn.node.play.tempo import Tempo
from bavn.runtime import clock
from tests.node.play.casts import A_DAY, DENMARK, cast
from tests.node.play.lossy import LossyServer

pytestmark = pytest.mark.slow
SPEED = 2_000.0
OPENS_S = DAY_S + 15 * HOUR_S
WITHIN_S = 120.0
CLOSE = "/incidents/stranger/close"
ZONE = "Europe/Copenhagen"
STRANGER = Guest(
    id="stranger",
    at_s=0.0,
    type="BR-CON",
    lat=55.4,
    lon=10.39,
    municipality="0461",
    service="bfyn",
)
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
        memory = begin(Wish(seed=seed, speed=SPEED), manner_of(DENMARK), ZONE, clock.now())
        # The same hour of the same day whenever this is run: only how fast the machine is differs.
        memory.first_day = A_DAY
        memory.stretch = [msgspec.structs.replace(memory.stretch[0], play_s=OPENS_S)]
        memory.unseen = [Unseen(from_s=0.0, to_s=OPENS_S - WARM_S)]
        return memory
    return go_on(memory, Wish(), clock.now())


def play(server: LossyServer, path: Path, enough: Callable[[], bool], seed: int = 1) -> Player:
    """One run of the play, ended as a kill would end it: without waiting for anything."""

    async def watch(stop: asyncio.Event) -> None:
        end_s = clock.seconds() + WITHIN_S
        while not enough():
            assert clock.seconds() < end_s, "it did not come to be"
            await asyncio.sleep(0.02)
        stop.set()

    async def run() -> Player:
        memory = opened(path, seed)
        plot = Plot(seed=memory.seed, kind=memory.day, first_day=memory.first_day)
        line = Line("http://demo", "token", server.transport)
        player = Player(line, Script(cast(), plot), memory, path)
        stop = asyncio.Event()
        try:
            await asyncio.gather(player.play(stop), watch(stop))
        finally:
            await line.close()
        return player

    return asyncio.run(run())


def told_s(path: Path) -> float:
    memory = kept.read(path)
    return 0.0 if memory is None else memory.told_s


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
    player = play(server, path, lambda: told_s(path) > OPENS_S, seed)
    check(server, path)
    assert player.refused_count == 0
    assert server.positions > 0


def test_a_play_that_is_killed_again_and_again_goes_on_where_it_was(tmp_path: Path) -> None:
    server, path = LossyServer(3), tmp_path / kept.NAME
    for least in (60, 120, 240):
        play(server, path, lambda least=least: len(server.said) > least)  # type: ignore[misc]
    play(server, path, lambda: told_s(path) > OPENS_S)
    check(server, path)
    reports = [said for said, _ in server.said.values() if said.endswith(("/incidents", "/alarms"))]
    assert len(reports) == len(server.ids)


def test_a_long_absence_leaves_nothing_open_that_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, path = LossyServer(5), tmp_path / kept.NAME
    play(server, path, lambda: len(server.said) > 100)
    begun, now = set(server.ids.values()), clock.now
    # Nobody plays while the wall clock goes on for two days of the play.
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(days=2) / SPEED)
    play(server, path, lambda: told_s(path) > OPENS_S + 2 * DAY_S)
    memory = kept.read(path)
    assert memory is not None
    assert len(memory.unseen) == 2
    closed = {said.split("/")[4] for said, _ in server.said.values() if said.endswith("/close")}
    assert begun <= closed
    check(server, path)


def test_a_stranger_incident_is_taken_care_of_also_after_a_kill(tmp_path: Path) -> None:
    server, path = LossyServer(4), tmp_path / kept.NAME
    play(server, path, lambda: len(server.said) > 100)
    memory = kept.read(path)
    assert memory is not None
    # As `Guests` hands it over, just before the kill.
    now_s = Tempo(memory.stretch).play_s(clock.now())
    memory.guest.append(msgspec.structs.replace(STRANGER, at_s=now_s))
    memory.write(path)
    play(server, path, lambda: any(said.endswith(CLOSE) for said, _ in server.said.values()))
    statuses = [
        body["status"] for _, body in server.said.values() if body.get("incident") == "stranger"
    ]
    assert statuses[:2] == ["alerted", "en_route"]
    assert sum(said.endswith(CLOSE) for said, _ in server.said.values()) == 1


def test_who_reports_while_the_hours_before_are_still_read_is_not_helped_in_the_past(
    tmp_path: Path,
) -> None:
    path = tmp_path / kept.NAME
    memory = opened(path, 4)
    plot = Plot(seed=memory.seed, kind=memory.day, first_day=memory.first_day)
    now_s = Tempo(memory.stretch).play_s(clock.now())

    async def welcome() -> None:
        line = Line("http://demo", "token", LossyServer(4).transport)
        player = Player(line, Script(cast(), plot), memory, path)
        player.welcome(STRANGER)
        await line.close()

    asyncio.run(welcome())
    found = kept.read(path)
    assert found is not None
    assert found.guest[0].at_s >= now_s
