# SPDX-License-Identifier: Apache-2.0
"""The demonstration for real: a server, a play that is killed outright, and a stranger."""

import argparse
import os
import signal
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.node.commands import demo as demo_command
from bavn.node.listening import Listening
from bavn.node.play import memory as kept
from bavn.node.terminal import Terminal
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.texts import Texts
from tests.node.play.casts import DENMARK

pytestmark = [pytest.mark.story, pytest.mark.slow]
WITHIN_S = 60.0
OPTIONS = argparse.Namespace(lang="da", port=0, seed=5, day=None, speed=480.0, law=None)


class Demo:
    """A founded country, served, and a play that can be started and killed."""

    def __init__(self, stack: ExitStack, path: Path) -> None:
        self._stack = stack
        self.folder = Folder(path)
        demo_command._found(self.folder, built_in(DENMARK))
        self.token, self._play_token = demo_command._tokens(self.folder)
        listening = Listening(path / demo_command.LOG_FILE, Terminal(Texts()))
        self._listening = stack.enter_context(closing(listening))
        command = demo_command._server(self.folder, OPTIONS)
        address = demo_command._address(
            stack.enter_context(demo_command._child(command, self._listening))
        )
        assert address is not None, (path / "demo.log").read_text(encoding="utf-8")
        self.address = address
        headers = {"authorization": f"Bearer {self.token}"}
        client = httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False)
        self.client = stack.enter_context(client)

    def play(self) -> Any:
        command = demo_command._player(self.folder, self.address, OPTIONS)
        child = demo_command._child(command, self._listening, self._play_token)
        return self._stack.enter_context(child)

    def items(self, path: str) -> list[dict[str, Any]]:
        answer = self.client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < end, "it did not come to be"
            time.sleep(0.2)

    def told_s(self) -> float:
        memory = kept.read(self.folder.path / kept.NAME)
        return 0.0 if memory is None else memory.told_s


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with ExitStack() as stack:
        yield Demo(stack, tmp_path / "data")


@pytest.mark.requirement("E8.1", "E5.2")
def test_the_country_lives_is_killed_and_goes_on_with_nothing_lost_or_doubled(demo: Demo) -> None:
    token_file = demo.folder.path / demo_command.TOKEN_FILE
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    assert token_file.read_text(encoding="ascii").strip() == demo.token

    # It lives: incidents with units at them, and units that move.
    player = demo.play()
    demo.until(lambda: len(demo.items("incidents?limit=1000")) > 10)
    demo.until(lambda: any(unit["place_at"] for unit in demo.items("units?status=en_route")))

    # A stranger reports a fire, and is helped.
    report = {"type": "BR-VIL", "place": {"lat": 55.40, "lon": 10.39}, "sender_ref": "mine-1"}
    fire = demo.client.post("/api/v1/incidents", json=report).json()["id"]
    demo.until(lambda: demo.items(f"units?incident={fire}"))

    # The play is killed outright, and goes on where it was.
    before_s = demo.told_s()
    os.kill(player.pid, signal.SIGKILL)
    player.wait(10)
    demo.play()
    demo.until(lambda: demo.told_s() > before_s + 3_600)

    incidents = demo.items("incidents?limit=1000")
    places = Counter(
        (each["type"], each["reported_at"], each["place"]["lat"], each["place"]["lon"])
        for each in incidents
    )
    assert max(places.values()) == 1, "an incident was reported twice"
    units = demo.items("units?limit=5000")
    # A move that is not in the table of moves would be flagged as a skipped step.
    assert Counter(flag for unit in units for flag in unit["flags"]) == {}
    closed = [each for each in incidents if each["state"] == "closed"]
    assert {each["outcome"] for each in closed} >= {"real", "blind_automatic"}
    log = (demo.folder.path / "demo.log").read_text(encoding="utf-8")
    assert "play.refused" not in log
    assert "play.broken" not in log
