# SPDX-License-Identifier: Apache-2.0
"""A world that is served: what is done can be read at once, and is told to those who listen."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bavn.journal.decision import Done
from bavn.journal.fact import Sealed
from bavn.journal.reader import Reader
from bavn.journal.vault import Gone
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.runtime import live as lives
from bavn.runtime.live import Live
from tests.lilleland.vocabulary import FIRE_OWN, Noted
from tests.runtime.folders import AREA, TOWN, fire, founded, note, opened

AT_TOWN = Reader(organisations=frozenset({TOWN}), areas=frozenset({AREA}), personal=True)
ELSEWHERE = Reader(organisations=frozenset({OrganisationId("west")}))


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


async def facts_of(listening: AsyncIterator[bytes], count: int) -> list[dict[str, Any]]:
    """The next facts that a listener hears."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        blocks = (await asyncio.wait_for(anext(listening), 5)).split(b"\n\n")
        facts = [block for block in blocks if b"event: fact" in block]
        found += [msgspec.json.decode(block.partition(b"data: ")[2]) for block in facts]
    return found


def test_what_is_done_is_read_and_heard(tmp_path: Path) -> None:
    async def story() -> None:
        live = Live(opened(founded(tmp_path / "node")))
        here, there = live.hub.listen(AT_TOWN, None), live.hub.listen(ELSEWHERE, None)
        await anext(here)
        await anext(there)
        done = await live.write(fire(1))
        assert isinstance(done, Done)
        [row] = live.query.rows(AT_TOWN, FIRE_OWN, {"subject": "fire:f1"})
        assert row["owner"] == TOWN
        await live.write(note(1, "privat"))
        heard = await facts_of(here, 2)
        assert [each["about"] for each in heard] == [["fire:f1"], ["fire:f1"]]
        assert heard[0]["id"] == done.facts[0]
        # A note is the town's own; what all may know is heard by all, and nothing after it.
        [first] = await facts_of(there, 1)
        assert first["id"] == done.facts[0]
        await live.close()

    run(story())


def test_a_repeat_is_not_told_again(tmp_path: Path) -> None:
    async def story() -> None:
        live = Live(opened(founded(tmp_path / "node")))
        await live.write(fire(1))
        again = await live.write(fire(1))
        assert isinstance(again, Done)
        assert again.repeated
        await live.write(fire(2))
        heard = await facts_of(live.hub.listen(AT_TOWN, 0), 2)
        assert [each["about"] for each in heard] == [["fire:f1"], ["fire:f2"]]
        await live.close()

    run(story())


@pytest.mark.parametrize("remembered", [2, 1_000])
def test_who_listened_before_a_restart_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    monkeypatch.setattr(lives, "REMEMBERED", remembered)

    async def story() -> None:
        folder = founded(tmp_path / "node")
        live = Live(opened(folder))
        for number in range(5):
            await live.write(fire(number))
        known = live.position - 1
        await live.close()
        live = Live(opened(folder))
        [missed] = await facts_of(live.hub.listen(AT_TOWN, known), 1)
        assert missed["position"] == known + 1
        greeting = await anext(live.hub.listen(AT_TOWN, 1))
        assert (b"reset" in greeting) == (remembered == 2)
        await live.close()

    run(story())


def test_a_private_text_is_opened_for_who_may_read_it(tmp_path: Path) -> None:
    async def story() -> None:
        live = Live(opened(founded(tmp_path / "node")))
        await live.write(fire(1))
        await live.write(note(1, "nøgle hos naboen"))
        history = live.query.history(AT_TOWN, TOWN, "fire:f1")
        body = live.journal.record.catalogue.kinds.read(history[-1].fact)
        assert isinstance(body, Noted)
        assert isinstance(body.text, Sealed)
        text = await live.reveal(AT_TOWN, TOWN, body.text)
        assert isinstance(text, Private)
        assert text.reveal() == "nøgle hos naboen"
        assert isinstance(await live.reveal(ELSEWHERE, TOWN, body.text), Refused)
        lost = Sealed(sealed=body.text.sealed, key=f"{TOWN}/fire:other")
        assert isinstance(await live.reveal(AT_TOWN, TOWN, lost), Gone)
        await live.close()

    run(story())
