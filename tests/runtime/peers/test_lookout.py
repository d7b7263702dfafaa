# SPDX-License-Identifier: Apache-2.0
"""The lookout: a silence is told when it begins and when it ends, and what is left in the file."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers import exchange, known, lookout, overview
from bavn.runtime.peers.lookout import EVENT, Lookout, Sighting
from bavn.runtime.peers.memory_line import Mode, Network
from bavn.runtime.peers.overview_file import read_told, told_path, write_told
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, HARBOUR, NATION, PORT, WEST
from tests.lilleland.vocabulary import ReportFire
from tests.runtime.folders import WORLD, founded
from tests.runtime.peers.federation import PARENTS, Post, opened, until

Story = Callable[[dict[NodeId, Post], Network, Lookout, list[dict[str, object]]], Awaitable[None]]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence after one and a half beats, so that nobody waits for it here."""
    monkeypatch.setattr(known, "SILENT_S", 1.5)
    monkeypatch.setattr(overview, "RELAYED_SILENT_S", 1.0)
    monkeypatch.setattr(overview, "SILENT_S", 1.5)
    monkeypatch.setattr(exchange, "SEEN_EACH", 2)
    monkeypatch.setattr(lookout, "LOOK_EACH_S", 0.05)
    monkeypatch.setattr(lookout, "WRITE_EACH_S", 0.05)


def play(folder: Path, story: Story) -> None:
    """Have a story happen among Lilleland's nodes, looked at from the nation's."""

    async def played() -> None:
        network = Network()
        for node, parent in PARENTS.items():
            network.join(node, parent)
        told: list[dict[str, object]] = []
        async with opened(folder, lambda name: [network.line(name)]) as posts:

            def tell(event: str, data: dict[str, object]) -> None:
                assert event == EVENT
                told.append(data)

            looking = Lookout(posts[NATION].overview, tell)
            await until(lambda: everybody_is_heard(looking), "everybody is heard")
            looking.open(folder / "peers.json")
            try:
                await story(posts, network, looking, told)
            finally:
                await looking.close()

    asyncio.run(played())


def everybody_is_heard(looking: Lookout) -> bool:
    """True when no node is unheard, by its own word or by another's."""
    states = {each.seen.state for each in looking.look().sightings}
    return states <= {"here", "heard", "relayed"}


def sighted(looking: Lookout, node: NodeId) -> Sighting:
    """A node as it was last seen."""
    return next(each for each in looking.look().sightings if each.seen.node == node)


@pytest.mark.slow
@pytest.mark.requirement("E5.6")
@pytest.mark.usefixtures("quick")
def test_a_silence_is_told_as_it_begins_and_as_it_ends(tmp_path: Path) -> None:
    async def story(
        posts: dict[NodeId, Post],
        network: Network,
        looking: Lookout,
        told: list[dict[str, object]],
    ) -> None:
        before = looking.look().mark
        assert looking.look().silent_owners == {}
        network.link(EAST).mode = Mode.CUT
        await until(lambda: sighted(looking, EAST).is_silent, "silence is seen")
        look = looking.look()
        assert look.mark != before
        assert {EASTERN, EASTTOWN} <= look.silent_owners.keys()
        since = look.silent_owners[EASTERN]
        assert since is not None
        # What is not known does not move while nothing is heard.
        await asyncio.sleep(0.3)
        assert looking.look().silent_owners[EASTERN] == since
        await until(lambda: told[-1]["silent"] == 2, "the harbour behind it is silent too")
        for number in range(3):
            content = ReportFire(fire=f"f{number}", what="hay", area=EASTERN)
            posts[HARBOUR].tell(PORT, content)
        network.link(EAST).mode = Mode.PASS
        await until(lambda: told[-1] == {"silent": 0, "mark": before}, "all is heard and here")
        marks = [each["mark"] for each in told]
        assert len(set(marks)) >= 2

    play(tmp_path, story)


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_the_file_tells_what_is_seen_and_by_whom(tmp_path: Path) -> None:
    async def story(
        _posts: dict[NodeId, Post],
        network: Network,
        looking: Lookout,
        _told: list[dict[str, object]],
    ) -> None:
        network.link(EAST).mode = Mode.CUT
        await until(lambda: sighted(looking, EAST).is_silent, "silence is seen")

        def has_it() -> bool:
            found = read_told(tmp_path / "peers.json")
            return found is not None and "silent" in {each.state for each in found.nodes}

        await until(has_it, "the file says so")
        found = read_told(tmp_path / "peers.json")
        assert found is not None
        assert [each.node for each in found.nodes] == [NATION, EAST, HARBOUR, WEST]
        assert [(each.name, each.is_up) for each in found.lines] == [("memory", True)]
        assert (tmp_path / "peers.json").stat().st_mode & 0o077 == 0

    play(tmp_path, story)


def test_what_is_no_file_of_ours_tells_nothing(tmp_path: Path) -> None:
    path = told_path(founded(tmp_path / "node"), WORLD)
    assert read_told(path) is None
    path.write_bytes(b'{"at": 1')
    assert read_told(path) is None


def test_after_a_start_nobody_is_called_silent_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        network = Network()
        async with opened(tmp_path, lambda name: [network.line(name)], (NATION,)) as posts:
            looking = Lookout(posts[NATION].overview, lambda _event, _data: None)
            east = sighted(looking, EAST)
            assert east.seen.state == "never"
            assert not east.is_silent
            looking._began_s -= lookout.WAITS_AFTER_START_S
            looking._look = None
            assert sighted(looking, EAST).is_silent
            write_told(tmp_path / "told", lookout.told_of(looking.look()))
            told = read_told(tmp_path / "told")
            assert told is not None
            assert abs((clock.now() - told.at).total_seconds()) < 5

    asyncio.run(story())
