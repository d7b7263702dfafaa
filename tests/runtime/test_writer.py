# SPDX-License-Identifier: Apache-2.0
"""Group commit: many share one flush, each gets its own answer, and nobody waits in vain."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bavn.journal.decision import Done, Failed, Outcome, Request
from bavn.journal.journal import Journal
from bavn.journal.store import StoreBroken
from bavn.kernel.refusal import Refused
from bavn.runtime import writer as writing
from bavn.runtime.opened import Opened
from bavn.runtime.writer import LoopWriter, ThreadWriter, WriterStopped
from tests.runtime.folders import fire, founded, note, opened


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Opened]:
    with opened(founded(tmp_path / "node")) as node:
        yield node


class Watched:
    """A journal that remembers its groups, and can be made to wait or to break."""

    def __init__(self, journal: Journal) -> None:
        self.record = journal.record
        self.groups: list[int] = []
        self.error: Exception | None = None
        self.may_go = threading.Event()
        self.may_go.set()
        self.entered = threading.Event()
        self._journal = journal

    def commit(self, requests: Sequence[Request]) -> list[Outcome]:
        self.entered.set()
        assert self.may_go.wait(10)
        self.groups.append(len(requests))
        if self.error is not None:
            raise self.error
        return self._journal.commit(requests)


def threads(count: int, work: Any) -> list[threading.Thread]:
    started = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for each in started:
        each.start()
    return started


class TestThreads:
    """Callers in many threads."""

    def test_each_gets_the_answer_to_its_own_request(self, node: Opened) -> None:
        writer = ThreadWriter(node.journal, node.reserve)
        got: dict[int, Outcome] = {}
        for each in threads(20, lambda n: got.update({n: writer.write(fire(n))})):
            each.join(10)
        for number, outcome in got.items():
            assert node.journal.commit([fire(number)]) == [
                Done(outcome.facts, repeated=True)  # type: ignore[union-attr]
            ]
        assert len(got) == 20

    def test_those_who_wait_share_a_group_within_its_limit(
        self, node: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writing, "GROUP_LIMIT", 8)
        journal: Any = Watched(node.journal)
        journal.may_go.clear()
        writer = ThreadWriter(journal, node.reserve)
        started = threads(1, lambda n: writer.write(fire(n)))
        assert journal.entered.wait(10)
        started += threads(20, lambda n: writer.write(fire(n + 1)))
        while len(writer._queue) < 20:
            threading.Event().wait(0.001)
        journal.may_go.set()
        for each in started:
            each.join(10)
        assert journal.groups == [1, 8, 8, 4]

    def test_all_who_wait_hear_that_the_store_broke(self, node: Opened) -> None:
        journal: Any = Watched(node.journal)
        journal.error = StoreBroken("the disk is gone")
        writer = ThreadWriter(journal, node.reserve)
        heard: list[Exception] = []

        def ask(number: int) -> None:
            try:
                writer.write(fire(number))
            except WriterStopped as error:
                heard.append(error)

        for each in threads(10, ask):
            each.join(10)
        assert len(heard) == 10
        assert all(isinstance(each.__cause__, StoreBroken) for each in heard)

    def test_a_repeat_after_an_unknown_outcome_is_known(self, node: Opened) -> None:
        (first,) = node.journal.commit([fire(1)])
        assert isinstance(first, Done)
        assert ThreadWriter(node.journal, node.reserve).write(fire(1)) == Done(
            first.facts, repeated=True
        )

    def test_other_work_has_the_journal_alone(self, node: Opened) -> None:
        writer = ThreadWriter(node.journal, node.reserve)
        writer.write(fire(1))
        assert writer.alone(lambda journal: journal.record.position) == 1

    def test_a_request_that_nobody_decides_is_its_makers_bug_alone(self, node: Opened) -> None:
        writer = ThreadWriter(node.journal, node.reserve)
        stray = fire(1)
        object.__setattr__(stray, "content", stray.actor)
        assert isinstance(writer.write(stray), Failed)
        assert isinstance(writer.write(fire(2)), Done)


class TestLoop:
    """Callers in one event loop."""

    def test_those_who_ask_at_once_share_a_group(self, node: Opened) -> None:
        journal: Any = Watched(node.journal)

        async def story() -> list[Outcome]:
            writer = LoopWriter(journal, node.reserve)
            outcomes = await asyncio.gather(*(writer.write(fire(n)) for n in range(64)))
            await writer.close()
            return outcomes

        outcomes = asyncio.run(story())
        assert all(isinstance(each, Done) for each in outcomes)
        assert journal.groups == [64]

    def test_writers_in_a_row_keep_sharing(self, node: Opened) -> None:
        journal: Any = Watched(node.journal)

        async def ask(writer: LoopWriter, first: int) -> None:
            for number in range(first, first + 10):
                assert isinstance(await writer.write(fire(number)), Done)

        async def story() -> None:
            writer = LoopWriter(journal, node.reserve)
            await asyncio.gather(*(ask(writer, n * 10) for n in range(16)))
            await writer.close()

        asyncio.run(story())
        assert journal.groups == [16] * 10

    def test_each_gets_the_answer_to_its_own_request(self, node: Opened) -> None:
        async def story() -> list[Outcome]:
            writer = LoopWriter(node.journal, node.reserve)
            first = await asyncio.gather(*(writer.write(fire(n)) for n in range(300)))
            again = await asyncio.gather(*(writer.write(fire(n)) for n in range(300)))
            await writer.close()
            return [*first, *again]

        outcomes = asyncio.run(story())
        for before, after in zip(outcomes[:300], outcomes[300:], strict=True):
            assert isinstance(before, Done)
            assert after == Done(before.facts, repeated=True)

    def test_all_who_wait_hear_that_the_store_broke(self, node: Opened) -> None:
        journal: Any = Watched(node.journal)
        journal.error = StoreBroken("the disk is gone")

        async def story() -> list[Outcome | BaseException]:
            writer = LoopWriter(journal, node.reserve)
            asked = (writer.write(fire(n)) for n in range(300))
            heard = await asyncio.gather(*asked, return_exceptions=True)
            await writer.close()
            return heard

        heard = asyncio.run(story())
        assert len(heard) == 300
        assert all(isinstance(each, WriterStopped) for each in heard)

    def test_too_many_are_refused_and_alarms_are_not(
        self, node: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writing, "WAITING_LIMIT", 2)

        async def story() -> list[Outcome]:
            writer = LoopWriter(node.journal, node.reserve)
            asked = [fire(1), note(1, "a"), note(2, "b"), fire(2)]
            outcomes = await asyncio.gather(*(writer.write(each) for each in asked))
            await writer.close()
            return outcomes

        first, second, third, fourth = asyncio.run(story())
        assert [type(each) for each in (first, second, fourth)] == [Done] * 3
        assert isinstance(third, Refused)
        assert third.code == "too_many_waiting"

    def test_what_a_cancelled_caller_asked_is_written_all_the_same(self, node: Opened) -> None:
        async def story() -> Outcome:
            writer = LoopWriter(node.journal, node.reserve)
            asking = asyncio.create_task(writer.write(fire(1)))
            await asyncio.sleep(0)
            asking.cancel()
            outcome = await writer.write(fire(1))
            await writer.close()
            return outcome

        outcome = asyncio.run(story())
        assert isinstance(outcome, Done)
        assert outcome.repeated

    def test_closing_writes_what_waits_and_takes_nothing_more(self, node: Opened) -> None:
        async def story() -> list[Outcome]:
            writer = LoopWriter(node.journal, node.reserve)
            asking = [asyncio.create_task(writer.write(fire(n))) for n in range(300)]
            await asyncio.sleep(0)
            await writer.close()
            with pytest.raises(WriterStopped):
                await writer.write(fire(400))
            return await asyncio.gather(*asking)

        assert all(isinstance(each, Done) for each in asyncio.run(story()))

    def test_other_work_has_the_journal_alone_and_its_error_comes_back(self, node: Opened) -> None:
        async def story() -> None:
            writer = LoopWriter(node.journal, node.reserve)
            await writer.write(fire(1))
            assert await writer.alone(lambda journal: journal.record.position) == 1
            with pytest.raises(ZeroDivisionError):
                await writer.alone(lambda _: 1 // 0)
            await writer.close()

        asyncio.run(story())
