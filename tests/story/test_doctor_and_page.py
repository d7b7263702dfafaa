# SPDX-License-Identifier: Apache-2.0
"""The page of connections and `bavn doctor` say the same of one state, each in its own way."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bavn.kernel.instants import ms_of
from bavn.node.cli import main
from bavn.node.wiring import catalogue
from bavn.runtime import clock
from bavn.runtime.folder import Folder
from bavn.runtime.health import Finding, examine
from bavn.runtime.peers import known, lookout
from bavn.runtime.peers.memory_line import Mode
from bavn.runtime.web.assets import STATIC
from tests.runtime.web.house import run
from tests.story.centres import (
    AGAIN_S,
    AT_MOST_S,
    MIDDLE,
    NORTH,
    STAND_IN,
    WORLD,
    Two,
    known_to_the_stand_in,
    two,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]
WELL, FAULTS = 0, 1
# What doctor says of a node, by the one word that the page has for it.
SAME = {
    "heard": {"peer_heard"},
    "relayed": {"peer_told"},
    "behind": {"peer_behind", "peer_fetching"},
    "skewed": {"peer_heard", "peer_skew"},
    "silent": {"peer_silent"},
    "never": {"peer_never"},
}
# Conditions in which somebody has to act: with one of them doctor does not end well.
WANTS_A_PERSON = {"silent", "never", "skewed", "stopped"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "SILENT_S", 1.5)
    monkeypatch.setattr(lookout, "LOOK_EACH_S", 0.05)
    monkeypatch.setattr(lookout, "WRITE_EACH_S", 0.1)
    monkeypatch.setattr(lookout, "WAITS_AFTER_START_S", 0.0)


class Both:
    """The page, by what programs are told of it, and doctor, beside the process that serves."""

    def __init__(self, world: Two, path: Path) -> None:
        self._visitor = world.house.machine("national_analyst", organisations=(STAND_IN,))
        self._folder = path / MIDDLE

    async def page(self) -> dict[str, Any]:
        """What the page shows."""
        told: dict[str, Any] = (await self._visitor.get("/api/v1/connections")).json()
        return told

    async def doctor(self) -> list[Finding]:
        """What doctor finds."""
        folder = Folder(self._folder)
        return await asyncio.to_thread(
            lambda: list(examine(folder, WORLD, catalogue(), clock.now()))
        )

    async def exit_code(self, *command: str) -> int:
        """How a command ends, as people type it."""
        place = ["--data", str(self._folder), "--world", WORLD]
        return await asyncio.to_thread(main, [command[0], *place, *command[1:]])

    async def agree(self, condition: str) -> None:
        """Wait until the page has this word for the other node, and both say the same."""
        why = "the page does not say so"
        for _ in range(int(AT_MOST_S / AGAIN_S)):
            page, found = await self.page(), await self.doctor()
            other = next(each for each in page["nodes"] if each["state"] != "here")
            if other["condition"] == condition:
                why = self._differ(page, other, found)
                if not why:
                    break
            await asyncio.sleep(AGAIN_S)
        assert not why, why

    @staticmethod
    def _differ(page: dict[str, Any], other: dict[str, Any], found: list[Finding]) -> str:
        of_node = {
            each.code
            for each in found
            if each.code.startswith("peer_") and each.values["node"] == other["id"]
        }
        if of_node != SAME[other["condition"]]:
            return f"{other['condition']} is {of_node}"
        wants = any(not each.is_well for each in found if each.code in of_node)
        if wants != (other["condition"] in WANTS_A_PERSON):
            return f"{of_node} is not as well as {other['condition']}"
        lines = {each["name"]: each["is_up"] for each in page["lines"]}
        said = {
            each.values["line"]: each.is_well for each in found if each.code.startswith("line_")
        }
        if lines != said:
            return f"{lines} and {said}"
        marks = {each["mark"] for each in page["noticed"]}
        told = {each.values.get("mark") for each in found if each.code.startswith("evidence_")}
        return "" if marks == told - {None} else f"{marks} and {told}"


@pytest.mark.requirement("E5.6")
def test_the_page_and_doctor_say_the_same_and_doctor_ends_well_only_when_all_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        async with two(tmp_path) as world:
            await known_to_the_stand_in(world)
            both = Both(world, tmp_path)
            await both.agree("heard")
            copy, keys = str(tmp_path / "copy"), str(tmp_path / "keys")
            assert await both.exit_code("doctor") == FAULTS, "nobody has taken a backup"
            assert await both.exit_code("backup", copy, "--keys-to", keys) == WELL
            assert await both.exit_code("doctor") == WELL, capsys.readouterr().out
            world.link(Mode.SILENT)
            await both.agree("silent")
            assert await both.exit_code("doctor") == FAULTS
            world.link(Mode.PASS)
            await both.agree("heard")
            assert await both.exit_code("doctor") == WELL, capsys.readouterr().out
            record, says = world.house.live.journal.record, "The clock is 12 s ahead."
            with record.transaction() as pending:
                record.note_evidence(
                    pending, sort="clock_astray", what=NORTH, says=says, at_ms=ms_of(clock.now())
                )
            await both.agree("heard")
            assert [each["mark"] for each in (await both.page())["noticed"]] != []
            assert await both.exit_code("doctor") == FAULTS

    run(story())
