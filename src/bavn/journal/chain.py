# SPDX-License-Identifier: Apache-2.0
"""Channels and segments: one node's gapless, hash-chained, signed sequence to one audience.

A channel is named by the node, its incarnation and the audience. Its first link starts from its
name and its world, so no channel can be passed off as another. The head is signed at the end of
each commit group. A *segment* is a run of entries that ends at a signed head; it proves itself,
also when what came before it has not been heard.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from bavn.journal.fact import FACT_BYTES_LIMIT, Count
from bavn.kernel.audience import Audience, scope_of
from bavn.kernel.identity import NodeId, World, is_name
from bavn.kernel.refusal import BadInput, Problem

HASH_BYTES = 32
# The most entries between two signed heads, and so the most that must be heard before one can be
# trusted. Four commit groups of the largest size: large enough that a hundred thousand facts are
# some hundred messages.
SEGMENT_FACTS_LIMIT = 1024
# A segment is held whole in memory by sender and receiver.
SEGMENT_BYTES_LIMIT = 8 * 1024 * 1024


class ChannelName(msgspec.Struct, frozen=True, order=True):
    """Whose channel, since which restore, and to whom."""

    node: NodeId
    incarnation: Count
    audience: Audience

    def text(self) -> str:
        """The name as it is signed and shown: node/incarnation/audience."""
        return f"{self.node}/{self.incarnation}/{self.audience}"


def genesis(world: World, channel: ChannelName) -> bytes:
    """What the first entry of a channel is chained to."""
    return sha256(f"bavn channel 1\n{world}\n{channel.text()}\n".encode()).digest()


def link(previous: bytes, sequence: int, fact: bytes) -> bytes:
    """The hash of an entry: of the entry before it, its number, and the fact's bytes as stored."""
    return sha256(previous + sequence.to_bytes(8) + fact).digest()


def _head(world: World, channel: ChannelName, sequence: int, head: bytes) -> bytes:
    return f"bavn head 1\n{world}\n{channel.text()}\n{sequence}\n{head.hex()}\n".encode()


def sign_head(
    key: SigningKey, world: World, channel: ChannelName, sequence: int, head: bytes
) -> bytes:
    """The node's signature under the head of one of its channels."""
    return key.sign(_head(world, channel, sequence, head)).signature


def head_is_signed(
    key: bytes, signature: bytes, *, world: World, channel: ChannelName, sequence: int, head: bytes
) -> bool:
    """True when the node with this key signed exactly this head."""
    try:
        VerifyKey(key).verify(_head(world, channel, sequence, head), signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


class _SegmentHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    channel: ChannelName
    first: Count
    previous: str
    signature: str
    facts: int


_head_decoder = msgspec.json.Decoder(_SegmentHead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Entries `first` to `last` of a channel, chained to `previous`, the last head signed."""

    channel: ChannelName
    first: int
    previous: bytes
    facts: tuple[bytes, ...]
    signature: bytes

    @property
    def last(self) -> int:
        """The number of the last entry."""
        return self.first + len(self.facts) - 1

    def hashes(self) -> list[bytes]:
        """The hash of each entry, computed from what the segment holds."""
        hashes = []
        previous = self.previous
        for sequence, fact in enumerate(self.facts, self.first):
            previous = link(previous, sequence, fact)
            hashes.append(previous)
        return hashes

    def to_bytes(self) -> bytes:
        """The segment as it travels.

        A line of JSON that describes it, then a line for each fact.
        """
        head = _SegmentHead(
            self.channel, self.first, self.previous.hex(), self.signature.hex(), len(self.facts)
        )
        return b"\n".join((msgspec.json.encode(head), *self.facts))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The segment that the bytes hold.

        Raises BadInput with what is wrong when they hold none.
        """
        if len(raw) > SEGMENT_BYTES_LIMIT:
            raise _bad(f"{len(raw)} bytes, and {SEGMENT_BYTES_LIMIT} are the most")
        first_line, *facts = raw.split(b"\n")
        try:
            head = _head_decoder.decode(first_line)
            scope_of(head.channel.audience)
            previous, signature = bytes.fromhex(head.previous), bytes.fromhex(head.signature)
        except (msgspec.MsgspecError, ValueError) as error:
            raise _bad(str(error)) from error
        if len(facts) != head.facts or not 1 <= len(facts) <= SEGMENT_FACTS_LIMIT:
            raise _bad(f"{len(facts)} facts where {head.facts} were announced")
        if head.first < 1 or len(previous) != HASH_BYTES or not is_name(head.channel.node):
            raise _bad("number, hash or node out of bounds")
        if max(map(len, facts)) > FACT_BYTES_LIMIT:
            raise _bad(f"a fact is longer than {FACT_BYTES_LIMIT} bytes")
        return cls(
            channel=head.channel,
            first=head.first,
            previous=previous,
            facts=tuple(facts),
            signature=signature,
        )


def span_of(raw: bytes) -> tuple[ChannelName, int]:
    """Whose segment it says it is, and its last entry's number, without looking at the facts.

    Raises BadInput when the bytes begin with no segment's first line.
    """
    try:
        head = _head_decoder.decode(raw.partition(b"\n")[0])
    except msgspec.MsgspecError as error:
        raise _bad(str(error)) from error
    return head.channel, head.first + head.facts - 1


def _bad(says: str) -> BadInput:
    return BadInput(Problem(where="segment", says=says))
