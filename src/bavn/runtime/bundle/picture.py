# SPDX-License-Identifier: Apache-2.0
"""The newest picture: for a bundle that cannot hold all, the latest facts of what it leaves out.

A chain is only taken in order, and what lies behind a gap is not shown. So a bundle that is too
small for all of it carries, beside the next entries of each chain, the newest facts by themselves,
subject by subject, what was touched last first. They have no proof but the word of the node that
made the bundle, and go into no view: the receiver keeps them apart and shows them as what they are,
until the chain has brought the same facts.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bavn.journal.fact import ReadFact, read_fact
from bavn.journal.record import Channel, Record
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.refusal import BadInput

# An ordinary incident is told in some thirty facts (the demonstration's day).
FACTS_OF_ONE_LIMIT = 32
# Walked back at most: a storm hour's worth of subjects is found long before.
WALK_LIMIT = 200_000
_STEP = 256


@dataclass(frozen=True, slots=True)
class Cut:
    """How far the receiver comes in a channel with the bundle; it misses what is up to `last`."""

    channel: Channel
    reached: int
    last: int


def newest(record: Record, cuts: list[Cut]) -> Iterator[list[bytes]]:
    """The newest facts of each subject beyond the cuts, the subject touched last first."""
    ticks = {cut.channel.key: _ticks(record, cut) for cut in cuts}
    seen: set[tuple[str, str]] = set()
    given: set[int] = set()
    walked = heapq.merge(*(_backwards(record, cut) for cut in cuts), reverse=True)
    for count, (_, _, owner, subject) in enumerate(walked):
        if count >= WALK_LIMIT:
            return
        if (owner, subject) in seen:
            continue
        seen.add((owner, subject))
        facts = _missed(record, owner, subject, ticks, given)
        if facts:
            yield facts


def _missed(
    record: Record,
    owner: str,
    subject: str,
    ticks: Mapping[int, tuple[Tick, Tick]],
    given: set[int],
) -> list[bytes]:
    """A subject's newest facts beyond the cuts, in its owner's order, each given once."""
    rows = [row for row in record.store.history(owner, subject) if row.channel in ticks]
    beyond = [(row, read) for row in rows if (read := _read(row.raw)) is not None]
    heard = {row.position for row, read in beyond if read.tick <= ticks[row.channel][0]}
    found: dict[int, bytes] = {}
    for row, read in reversed(beyond):
        is_told = row.position not in heard and row.position not in given
        if is_told and read.tick <= ticks[row.channel][1]:
            found[row.position] = row.raw
        if len(found) == FACTS_OF_ONE_LIMIT:
            break
    given |= found.keys()
    return list(reversed(found.values()))


def _backwards(record: Record, cut: Cut) -> Iterator[tuple[Tick, int, str, str]]:
    """What each entry beyond the cut is about, the newest first.

    A node's clock only rises within a channel, so its order is the order of its ticks.
    """
    last = cut.last
    while last > cut.reached:
        first = max(cut.reached + 1, last - _STEP + 1)
        for row in reversed(record.store.chain(cut.channel.key, first, last - first + 1)):
            read = _read(row.raw)
            if read is not None and read.fact.about:
                yield read.tick, cut.channel.key, read.fact.owner, read.fact.about[0]
        last = first - 1


def _ticks(record: Record, cut: Cut) -> tuple[Tick, Tick]:
    """The clock of the last entry that the receiver comes to, and of the last that it may."""
    return _tick_at(record, cut.channel, cut.reached), _tick_at(record, cut.channel, cut.last)


def _tick_at(record: Record, channel: Channel, sequence: int) -> Tick:
    """The clock of an entry; before all time when there is none to read."""
    rows = record.store.chain(channel.key, sequence, 1) if sequence else []
    read = _read(rows[0].raw) if rows else None
    return Tick(-1, 0) if read is None else read.tick


def _read(raw: bytes) -> ReadFact | None:
    try:
        return read_fact(raw)
    except BadInput:
        return None  # what cannot be read is kept and passed on in its chain, and shown nowhere
