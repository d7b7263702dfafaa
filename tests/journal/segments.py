# SPDX-License-Identifier: Apache-2.0
"""Segments as a test wants them: cut out of a node's channel, or made up and signed by anybody."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from nacl.signing import SigningKey

from bavn.journal.chain import ChannelName, Segment, genesis, sign_head
from bavn.journal.fact import Fact, decode_fact, encode_fact
from bavn.kernel.audience import Audience
from bavn.kernel.identity import World
from tests.lilleland.nodes import WORLD, Node, key_of


def channel_of(node: Node, audience: Audience) -> ChannelName:
    return node.journal.record.own_channel(audience)


def cut(node: Node, channel: ChannelName, first: int, last: int) -> Segment:
    """Give entries `first` to `last` of a channel, which must end at a signed head."""
    key = node.journal.record.channels[channel].key
    rows = node.store.chain(key, 1, last)
    signature = rows[last - 1].signature
    assert signature is not None
    return Segment(
        channel=channel,
        first=first,
        previous=genesis(WORLD, channel) if first == 1 else rows[first - 2].hash,
        facts=tuple(row.raw for row in rows[first - 1 :]),
        signature=signature,
    )


def signed(
    channel: ChannelName,
    facts: Sequence[bytes],
    *,
    after: Segment | None = None,
    key: SigningKey | None = None,
    world: World = WORLD,
) -> Segment:
    """Give a segment of any facts, signed by its node or by who holds the key."""
    segment = Segment(
        channel=channel,
        first=1 if after is None else after.last + 1,
        previous=genesis(world, channel) if after is None else after.hashes()[-1],
        facts=tuple(facts),
        signature=b"",
    )
    head = segment.hashes()[-1]
    signature = sign_head(key or key_of(channel.node), world, channel, segment.last, head)
    return replace(segment, signature=signature)


def facts_of(node: Node) -> list[Fact]:
    """Give all facts that a node holds, as it learnt them."""
    return [decode_fact(row.raw) for row in node.store.facts_after(0, 1_000_000)]


def retold(raw: bytes, **changes: Any) -> bytes:
    """Give the same fact with something else in it."""
    return encode_fact(msgspec.structs.replace(decode_fact(raw), **changes))
