# SPDX-License-Identifier: Apache-2.0
"""What can be stated about trust: the bodies of facts, and a fact as a statement of a node.

A statement has its weight from the node that tells it, which its channel's signature proves; the
organisation that owns the fact gives it none. All of them are told to the nation.
"""

from typing import Annotated, NamedTuple

import msgspec

from bavn.journal.fact import Count, Epoch
from bavn.kernel.audience import Audience
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import NAME_PATTERN, FactId, NodeId, OrganisationId
from bavn.kernel.instants import Instant

# An Ed25519 public key, RFC 8032 §5.1.5.
KEY_BYTES = 32
KeyText = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Node = Annotated[NodeId, msgspec.Meta(pattern=f"^{NAME_PATTERN}$")]
_Owner = Annotated[OrganisationId, msgspec.Meta(pattern=f"^{NAME_PATTERN}$")]
# `nation` is heard by every node, and `own` by none: neither is for anybody to give.
_Hears = Annotated[Audience, msgspec.Meta(pattern=f"^(area|to):{NAME_PATTERN}$")]
_Ground = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
# Channels of a node, by their text: an incarnation has one for each audience it tells.
_Sequences = Annotated[dict[str, Count], msgspec.Meta(max_length=1_000)]


# A hundred channels are some twenty kilobytes of a fact; what is not named is proved by others.
SIGNATURES_LIMIT = 128
_Signature = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{128}$")]
_Signatures = Annotated[dict[str, _Signature], msgspec.Meta(max_length=SIGNATURES_LIMIT)]


class NodeJoined(msgspec.Struct, frozen=True, kw_only=True):
    """A node belongs to us, under its parent, with this key; what it may hear beside `nation`.

    A later one of the same teller replaces all but the key.
    """

    node: _Node
    key: KeyText
    parent: _Node | None
    hears: tuple[_Hears, ...]
    valid_from: Instant
    valid_to: Instant | None


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation is hosted by a node, since an epoch.

    `under` are the organisations that this one may see to: the services of an area. `knew` is what
    the one who granted had heard of the old host's channels, where there was one that was silent.
    """

    owner: _Owner
    node: _Node
    epoch: Epoch
    valid_from: Instant | None
    valid_to: Instant | None
    ground: _Ground
    knew: _Sequences
    decider: str | None
    under: tuple[_Owner, ...]


class StandInNamed(msgspec.Struct, frozen=True, kw_only=True):
    """A node may take an organisation over, should its host fall silent; the lowest order first."""

    owner: _Owner
    stand_in: _Node
    order: Count


class StandInEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A node stands in for an organisation no longer; what it was told before, it still has.

    A take-over by which the node did not know of this yet is one all the same.
    """

    owner: _Owner
    stand_in: _Node


class ClaimSettled(msgspec.Struct, frozen=True, kw_only=True):
    """Of several claims to one epoch of an organisation, the one that a person found to hold."""

    owner: _Owner
    epoch: Epoch
    node: _Node


class KeyChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A node signs with another key from an incarnation on; what it told before stays as it is."""

    node: _Node
    key: KeyText
    from_incarnation: Count


class KeyRevoked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was signed with a key is believed up to these numbers of its channels, and no further.

    A channel that is not named is not believed at all. With a new key the node goes on, from an
    incarnation that nobody has heard of yet. `signatures` are the node's own under those numbers:
    who heard the channel in one run has none there, and could pass on nothing of it.
    """

    node: _Node
    key: KeyText
    believed: _Sequences
    new_key: KeyText | None
    from_incarnation: Count
    signatures: _Signatures = {}


class KeyRevokedV1(msgspec.Struct, frozen=True, kw_only=True):
    """As it was told before it said how what is believed can be proved."""

    node: _Node
    key: KeyText
    believed: _Sequences
    new_key: KeyText | None
    from_incarnation: Count


Body = NodeJoined | Granted | StandInNamed | StandInEnded | ClaimSettled | KeyChanged | KeyRevoked
BODIES = (
    NodeJoined,
    Granted,
    StandInNamed,
    StandInEnded,
    ClaimSettled,
    KeyChanged,
    KeyRevoked,
)


class StatementKey(NamedTuple):
    """Which statement: two nodes may tell two facts under one id."""

    node: NodeId
    fact: FactId


class Statement(NamedTuple):
    """A fact about trust as its node told it, with its place in that node's channel."""

    node: NodeId
    fact: FactId
    incarnation: int
    sequence: int
    tick: Tick
    body: Body

    @property
    def key(self) -> StatementKey:
        """Which statement it is."""
        return StatementKey(self.node, self.fact)

    @property
    def order(self) -> tuple[int, Tick, FactId]:
        """Its place among the statements of its node."""
        return (self.incarnation, self.tick, self.fact)
