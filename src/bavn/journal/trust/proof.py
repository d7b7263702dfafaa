# SPDX-License-Identifier: Apache-2.0
"""Proving a roster to somebody who knows nothing but the root's keys.

The proof is the statements themselves, in the segments in which they were signed. Who has the
root's keys checks each with the keys that those before it give, and folds the roster himself: the
one who hands over the proof can leave something out, and can make nothing up.
"""

from collections.abc import Iterable, Iterator, Sequence

from bavn.journal.chain import SEGMENT_FACTS_LIMIT, ChannelName, Segment, genesis, head_is_signed
from bavn.journal.fact import read_fact
from bavn.journal.kinds import TRUST_KIND_NAMES, Kinds
from bavn.journal.record import Record
from bavn.journal.roster import Roster
from bavn.journal.trust.fold import fold
from bavn.journal.trust.standing import stored
from bavn.journal.trust.statements import BODIES, Statement
from bavn.kernel.audience import NATION
from bavn.kernel.identity import World
from bavn.kernel.refusal import BadInput


def proof_of(record: Record) -> list[Segment]:
    """The segments in which the statements stand that this node knows of."""
    found: list[Segment] = []
    reached: dict[ChannelName, int] = {}
    for row in stored(record.store):
        key, sequence = row["channel"], row["sequence"]
        assert isinstance(key, int), "the store gave back another sort than it was given"
        assert isinstance(sequence, int), "the store gave back another sort than it was given"
        name = record.names[key]
        if sequence <= reached.get(name, 0):
            continue  # it stands in the segment before
        segment = _signed_run(record, key, name, sequence)
        if segment is not None:
            reached[name] = segment.last
            found.append(segment)
    return found


def _signed_run(record: Record, key: int, name: ChannelName, first: int) -> Segment | None:
    """The entries from one up to the next signed head."""
    rows = record.store.chain(key, first, SEGMENT_FACTS_LIMIT)
    count = next((n for n, row in enumerate(rows, 1) if row.signature is not None), None)
    if count is None:
        return None
    signature = rows[count - 1].signature
    assert signature is not None
    before = record.store.entry(key, first - 1) if first > 1 else None
    return Segment(
        channel=name,
        first=first,
        previous=genesis(record.identity.world, name) if before is None else before.hash,
        facts=tuple(row.raw for row in rows[:count]),
        signature=signature,
    )


def proven(base: Roster, world: World, segments: Sequence[Segment]) -> Roster:
    """The roster that the segments prove to one who trusts `base`; what proves nothing is left."""
    left, statements, roster = list(segments), list[Statement](), base
    kinds = Kinds(())
    while True:
        signed = [each for each in left if _is_signed(roster, world, each)]
        if not signed:
            return roster
        left = [each for each in left if each not in signed]
        for segment in signed:
            statements += _statements(segment, world, kinds)
        roster = fold(base, statements)


def _is_signed(roster: Roster, world: World, segment: Segment) -> bool:
    name = segment.channel
    key = roster.key_of(name.node, name.incarnation)
    return key is not None and head_is_signed(
        key,
        segment.signature,
        world=world,
        channel=name,
        sequence=segment.last,
        head=segment.hashes()[-1],
    )


def _statements(segment: Segment, world: World, kinds: Kinds) -> Iterator[Statement]:
    name = segment.channel
    if name.audience != NATION:
        return
    for sequence, raw in _numbered(segment):
        try:
            read = read_fact(raw)
        except BadInput:
            continue
        fact = read.fact
        is_placed = (fact.world, fact.node, fact.incarnation) == (
            world,
            name.node,
            name.incarnation,
        )
        body = kinds.read(fact) if fact.kind in TRUST_KIND_NAMES else None
        if is_placed and isinstance(body, BODIES):
            yield Statement(fact.node, fact.id, fact.incarnation, sequence, read.tick, body)


def _numbered(segment: Segment) -> Iterable[tuple[int, bytes]]:
    return enumerate(segment.facts, segment.first)
