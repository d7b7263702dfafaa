# SPDX-License-Identifier: Apache-2.0
"""The record at home: what comes is taken in by steps, and whoever writes here goes in between."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bavn.journal.chain import Segment, span_of
from bavn.journal.journal import Journal
from bavn.journal.merge import Merged
from bavn.kernel.refusal import BadInput
from bavn.runtime.peers import home
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Node, Settings, request
from tests.lilleland.vocabulary import ReportFire
from tests.runtime.peers.federation import Post

T = TypeVar("T")
FIRES = 10


class Desk(Post):
    """A node that notes how much is written at once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(NATION, folder, Settings())
        self.written: list[int] = []

    async def alone(self, work: Callable[[Journal], T]) -> T:
        before = self.journal.record.position
        outcome = await super().alone(work)
        self.written.append(self.journal.record.position - before)
        return outcome

    async def close(self) -> None:
        await self.home.close()
        self.node.close()


def told_one_by_one() -> list[Segment]:
    """Give segments of one fire each, as a node tells them that has nobody to wait for."""
    east = Node(EAST)
    segments: list[Segment] = []
    for number in range(FIRES):
        fire = ReportFire(fire=f"f{number}", what="house", area=EASTERN)
        east.done(request(EASTTOWN, fire))
        segments += east.journal.offer(
            NATION, {each.channel.text(): each.last for each in segments}
        )
    return segments


def test_what_comes_at_once_is_taken_in_by_steps_between_which_others_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "STEP_FACTS_LIMIT", 3)
    segments = told_one_by_one()

    async def story() -> tuple[list[int], list[tuple[Segment, object]]]:
        desk = Desk(tmp_path)
        taken = await desk.home.take([each.to_bytes() for each in segments])
        await desk.close()
        return desk.written, list(taken)

    written, taken = asyncio.run(story())
    assert [segment for segment, _ in taken] == segments
    assert all(isinstance(outcome, Merged) and outcome.applied for _, outcome in taken)
    assert sum(written) == sum(len(each.facts) for each in segments)
    assert max(written) <= 3
    assert len(written) < len(segments), "small ones share a step"


def test_of_a_letter_with_one_segment_that_is_none_nothing_is_taken(tmp_path: Path) -> None:
    segments = told_one_by_one()

    async def story() -> list[int]:
        desk = Desk(tmp_path)
        with pytest.raises(BadInput):
            await desk.home.take([segments[0].to_bytes(), b"none"])
        await desk.close()
        return desk.written

    assert asyncio.run(story()) == []


def test_a_segment_says_by_its_first_line_where_it_ends() -> None:
    for segment in told_one_by_one():
        assert span_of(segment.to_bytes()) == (segment.channel, segment.last)
    with pytest.raises(BadInput):
        span_of(b"none")
