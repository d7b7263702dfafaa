# SPDX-License-Identifier: Apache-2.0
"""Planted bugs: small changes at real seams of the product, put into every node's process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bavn.journal import offer
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.record import Channel, Record
from bavn.journal.write import Writer
from bavn.kernel.audience import OWN
from bavn.kernel.identity import NodeId
from bavn.runtime.peers import home, nats_line
from bavn.runtime.peers.post import Post
from bavn.runtime.peers.pulling import Puller
from bavn.runtime.writer import LoopWriter
from tests.storm_real.promises import ASTRAY, BOUNDED, LOST, ONCE, REPEATS

WRITTEN_LATER_S = 0.3


@dataclass(frozen=True, slots=True)
class Bug:
    """Something that somebody could have written; `seen_by` are the promises it may break."""

    name: str
    says: str
    seen_by: tuple[str, ...]
    plant: Callable[[NodeId], None]


BUGS: dict[str, Bug] = {}


def _bug(
    says: str, *seen_by: str
) -> Callable[[Callable[[NodeId], None]], Callable[[NodeId], None]]:
    def note(plant: Callable[[NodeId], None]) -> Callable[[NodeId], None]:
        BUGS[plant.__name__] = Bug(plant.__name__, says, seen_by, plant)
        return plant

    return note


@_bug("What was missed is never fetched: a node lives on what is pushed to it.", BOUNDED)
def never_pulls(_node: NodeId) -> None:
    _put(Puller, "wake", lambda _puller: None)


@_bug("A request is answered with done when it is in the queue, before it is written.", LOST)
def answers_before_commit(_node: NodeId) -> None:
    write = LoopWriter.write
    later = set[asyncio.Task[Outcome]]()

    async def answer_first(writer: LoopWriter, request: Request) -> Outcome:
        async def write_later() -> Outcome:
            await asyncio.sleep(WRITTEN_LATER_S)
            return await write(writer, request)

        later.add(asyncio.create_task(write_later()))
        return Done(())

    _put(LoopWriter, "write", answer_first)


@_bug("A node passes on only what it told itself: nobody hears beyond a middle node.", BOUNDED)
def passes_nothing_on(_node: NodeId) -> None:
    may_be_told = offer.may_be_told

    def only_our_own(record: Record, peer: NodeId, channel: Channel) -> bool:
        return channel.name.node == record.identity.node and may_be_told(record, peer, channel)

    _put(home, "may_be_told", only_our_own)


@_bug("A numbered request is carried out as often as it is sent.", ONCE, REPEATS)
def knows_no_repeats(_node: NodeId) -> None:
    _put(Writer, "_repeat", lambda *_: None)


@_bug("A line that is dead without saying so is believed.", BOUNDED)
def believes_dead_lines(_node: NodeId) -> None:
    _put(nats_line, "PING_S", 100_000)
    _put(Post, "doubt_dead_lines", lambda *_: None)


@_bug("Whoever asks is told everything but what is `own`.", ASTRAY, BOUNDED)
def tells_everyone_all(_node: NodeId) -> None:
    def all_but_own(_record: Record, _peer: NodeId, channel: Channel) -> bool:
        return channel.name.audience != OWN

    _put(home, "may_be_told", all_but_own)


def _put(where: Any, name: str, what: Any) -> None:
    assert hasattr(where, name), f"{name} is not there any more: mend the bug"
    setattr(where, name, what)
