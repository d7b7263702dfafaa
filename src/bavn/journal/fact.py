# SPDX-License-Identifier: Apache-2.0
"""A fact: something that happened, told by someone who may tell it. Written once, read for ever."""

import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

from bavn.kernel.audience import Audience
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject, World, id_bytes
from bavn.kernel.instants import Instant
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import BadInput, Problem

# A situation report with its lists fits in a tenth of this; a picture or a document is not a fact.
FACT_BYTES_LIMIT = 64 * 1024
# A turn-out concerns an incident and the units sent; nobody sends fifteen units in one sentence.
SUBJECTS_LIMIT = 16


# Numbers that every reader of JSON holds exactly.
COUNT_LIMIT = 2**53 - 1
Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_LIMIT)]
# Takeovers of one organisation: four thousand million of them fit the stamp.
Epoch = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]


class SenderRef(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The sender's own number of what it sent.

    It makes a repeat harmless, and a changed repeat visible.
    """

    sender: str
    ref: str
    # A keyed digest of what was sent: equal for a true repeat, and telling nothing to who lacks the
    # node's key.
    digest: str


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The envelope of a fact; `body` is the JSON of its kind, untouched."""

    id: FactId
    world: World
    node: NodeId
    incarnation: Count
    owner: OrganisationId
    epoch: Epoch
    kind: str
    version: int
    about: tuple[Subject, ...]
    by: Actor
    basis: str
    causes: tuple[FactId, ...] = ()
    sender: SenderRef | None = None
    happened_at: Instant
    recorded_at: str
    body: msgspec.Raw


class Sealed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What stands in a fact where personal data or free text was.

    Where it is kept, and its ciphertext's hash.
    """

    sealed: str
    key: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A fact as a decision makes it: what happened and to whom it is told.

    The journal adds the rest.

    `seal` names the fields of the body that are filled with `Sealed` in place of the given private
    text, under the key of `seal_under` (an incident or a person; the first subject when not given).
    `audiences` is only for a strike, which goes wherever the struck fact went.
    """

    body: msgspec.Struct
    about: tuple[Subject, ...]
    happened_at: datetime
    area: OrganisationId | None = None
    to: tuple[OrganisationId, ...] = ()
    causes: tuple[FactId, ...] = ()
    seal: Mapping[str, Private] = msgspec.field(default_factory=dict)
    seal_under: Subject | None = None
    audiences: tuple[Audience, ...] | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Fact)

encode_fact = _encoder.encode


class ReadFact(NamedTuple):
    """A fact as it is read from its bytes, with what its place is computed from."""

    fact: Fact
    id: bytes
    tick: Tick

    @property
    def stamp(self) -> bytes:
        """The place of the fact among its owner's facts."""
        fact, fact_id, (ms, counter) = self
        return _STAMP.pack(fact.epoch, fact.incarnation, ms, counter) + fact_id


_STAMP = struct.Struct(">IQQH")
# Of a stamp, what stands before the clock: the epoch and the incarnation.
ERA_BYTES = struct.calcsize(">IQ")


def read_fact(raw: bytes) -> ReadFact:
    """The fact that the bytes hold; raises BadInput when they hold none."""
    try:
        fact = _decoder.decode(raw)
        return ReadFact(fact, id_bytes(fact.id), Tick.parse(fact.recorded_at))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadInput(Problem(where="fact", says=str(error))) from error


def decode_fact(raw: bytes) -> Fact:
    """The fact that the bytes hold; raises BadInput when they hold none."""
    return read_fact(raw).fact


def pack_stamp(epoch: int, incarnation: int, tick: Tick, fact_id: bytes) -> bytes:
    """A stamp: the place of a fact among its owner's facts. Stamps sort as the facts are ordered.

    The epoch of the hosting comes first, then the writing node's incarnation, then its own clock,
    which is strictly rising within an incarnation. So two nodes order an owner's facts alike, in
    whatever order they heard them, and no clock of another incarnation can put an old fact after a
    new one.
    """
    return _STAMP.pack(epoch, incarnation, *tick) + fact_id
