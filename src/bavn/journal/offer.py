# SPDX-License-Identifier: Apache-2.0
"""Telling others: what we have, and the next segments that a peer may hear and lacks.

Any node can pass on what it holds. What a peer may hear is decided here, from the roster, for every
single segment; `own` is in no offer, whoever asks.
"""

from collections.abc import Iterator, Mapping

from bavn.journal.chain import (
    SEGMENT_BYTES_LIMIT,
    SEGMENT_FACTS_LIMIT,
    ChannelName,
    Segment,
    genesis,
    head_is_signed,
)
from bavn.journal.record import Channel, Record
from bavn.journal.store import ChainRow, Store
from bavn.kernel.audience import OWN
from bavn.kernel.identity import NodeId

Have = Mapping[str, int]


def have(record: Record) -> dict[str, int]:
    """The last number held of each channel that others may tell us about."""
    return {
        name.text(): channel.sequence
        for name, channel in record.channels.items()
        if name.audience != OWN
    }


def may_be_told(record: Record, peer: NodeId, channel: Channel) -> bool:
    """True when the peer may hear the channel, or is the one who told it."""
    name = channel.name
    if name.audience == OWN:
        return False
    # By the newest instant that this node has told or heard of: no machine's clock is asked.
    if record.roster.has_left(peer, record.clock.last.ms):
        return False
    return name.node == peer or record.roster.may_hear(peer, name.audience)


def offer(record: Record, peer: NodeId, theirs: Have, segments_limit: int) -> list[Segment]:
    """The next segments for a peer that holds `theirs`.

    Each can be sent by itself, in any order, more than once.
    """
    segments: list[Segment] = []
    for channel in record.channels.values():
        if may_be_told(record, peer, channel):
            after = theirs.get(channel.name.text(), 0)
            for segment in segments_after(record, channel, after):
                if len(segments) >= segments_limit:
                    return segments
                segments.append(segment)
    return segments


def segments_after(
    record: Record,
    channel: Channel,
    after: int,
    *,
    store: Store | None = None,
    bytes_limit: int = SEGMENT_BYTES_LIMIT,
) -> Iterator[Segment]:
    """The segments of a channel beyond a number, each ending at a signed head.

    Read from `store` where that is another connection than the writer's. A segment is longer than
    `bytes_limit` only when there is no signed head before.
    """
    at_store = record.store if store is None else store
    # What is not believed is passed on to nobody.
    believed = record.roster.believed_of(channel.name)
    last = channel.sequence if believed is None else min(believed, channel.sequence)
    while after < last:
        segment = _segment(record, at_store, channel._replace(sequence=last), after, bytes_limit)
        if segment is None:
            return
        yield segment
        after = segment.last


def _segment(
    record: Record, store: Store, channel: Channel, after: int, bytes_limit: int
) -> Segment | None:
    """The longest run within the limits that ends signed.

    A run is only shorter than the limits at the end.
    """
    rows = store.chain(channel.key, after + 1, min(SEGMENT_FACTS_LIMIT, channel.sequence - after))
    size, signed, signature = 0, 0, b""
    for count, row in enumerate(rows, 1):
        size += len(row.raw) + 1
        if size > SEGMENT_BYTES_LIMIT - _HEAD_BYTES or (signed and size > bytes_limit):
            break
        if (found := _signature_under(record, channel.name, row)) is not None:
            signed, signature = count, found
    if not signed:
        return None  # a chain without signatures is damaged; `verify` names the place
    rows = rows[:signed]
    return Segment(
        channel=channel.name,
        first=after + 1,
        previous=_hash_at(record, store, channel, after),
        facts=tuple(row.raw for row in rows),
        signature=signature,
    )


def _signature_under(record: Record, name: ChannelName, row: ChainRow) -> bytes | None:
    """The node's signature under an entry; where its key was revoked, as that was told on.

    Who heard the channel in one run holds none at the last entry that is believed.
    """
    if row.signature is not None or record.roster.believed_of(name) != row.sequence:
        return row.signature
    cut = record.roster.peers[name.node].cut_at(name.incarnation)
    told = None if cut is None else cut.signatures.get(name.text())
    if cut is None or told is None:
        return None
    is_true = head_is_signed(
        cut.key,
        told,
        world=record.identity.world,
        channel=name,
        sequence=row.sequence,
        head=row.hash,
    )
    return told if is_true else None


# What a segment's first line may take, with the longest names.
_HEAD_BYTES = 1024


def _hash_at(record: Record, store: Store, channel: Channel, sequence: int) -> bytes:
    if sequence == 0:
        return genesis(record.identity.world, channel.name)
    entry = store.entry(channel.key, sequence)
    assert entry is not None, "a channel is gapless up to its head"
    return entry.hash
