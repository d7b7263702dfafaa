# SPDX-License-Identifier: Apache-2.0
"""Sharing texts with those who may have to go on with them: who they are, and how keys travel.

A text is kept under the key of its incident, at the node that hosts its owner. What a stand-in
centre would need is told to it beforehand: the facts, the ciphertexts, and the key, sealed to the
stand-in's node. It opens the key into its own vault, and erases it when it is told to.

A key that travelled in a fact lies in that fact for ever. So it is not sealed for the node's
lasting key but for a *wrapping key* that the node has offered and keeps in its vault. Once a key
that came under it is erased, the wrapping key is destroyed as well, and another is offered: what
stands in the facts is then noise, to the node itself too.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Annotated, NamedTuple

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey

from bavn.journal.fact import Sealed
from bavn.journal.roster import Roster
from bavn.journal.trust.statements import KeyText
from bavn.kernel.audience import Audience, area, to
from bavn.kernel.identity import NAME_PATTERN, NodeId, OrganisationId, Subject, World

# What a text may come to with its nonce and tag; base64 in a fact, it still fits one.
CIPHERTEXT_BYTES_LIMIT = 33 * 1024
# An ephemeral key, a nonce, a tag, and a key with its name.
BOX_BYTES_LIMIT = 1_024
_KEY_BYTES = 32
# Whom an owner was first granted to.
FIRST_EPOCH = 1
_Node = Annotated[NodeId, msgspec.Meta(pattern=f"^{NAME_PATTERN}$")]
_Owner = Annotated[OrganisationId, msgspec.Meta(pattern=f"^{NAME_PATTERN}$")]
Entropy = Callable[[int], bytes]


class WrapKeyOffered(msgspec.Struct, frozen=True, kw_only=True):
    """A node can be given keys of texts, sealed for this X25519 key; a later one replaces it."""

    node: _Node
    wrap_key: KeyText


class KeyShared(msgspec.Struct, frozen=True, kw_only=True):
    """The key of some texts, sealed for a wrapping key of a node, for an organisation there."""

    key: str
    organisation: _Owner
    node: _Node
    wrap_key: KeyText
    box: Annotated[bytes, msgspec.Meta(max_length=BOX_BYTES_LIMIT)]


class TextShared(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed text as it is kept: whoever has the key can read it."""

    text: Sealed
    ciphertext: Annotated[bytes, msgspec.Meta(max_length=CIPHERTEXT_BYTES_LIMIT)]


class FactHanded(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier fact of the same owner and node, told now to a node that stands in for the owner.

    It is read in the place of the fact that it holds, as if that had been told to it at once.
    """

    node: _Node
    # The bytes that it was told with.
    fact: str


class Receiver(NamedTuple):
    """A node that is told, and the organisation by which it is."""

    organisation: OrganisationId
    node: NodeId


def about_texts(subject: Subject) -> Subject:
    """What facts about the keys and ciphertexts of a subject are about.

    Not the subject itself: its story is what happened, and not how it was carried.
    """
    return Subject(f"texts:{sha256(subject.encode()).hexdigest()[:32]}")


def about_node(node: NodeId) -> Subject:
    """What facts about a node are about."""
    return Subject(f"node:{node}")


def seat_of(roster: Roster, node: NodeId) -> OrganisationId | None:
    """The organisation by which a node is told what is for it; None when it hears for none.

    One of its own: not one that it has only taken over. A centre stands before its services.
    """
    peer = roster.peers.get(node)
    if peer is None:
        return None
    own = {OrganisationId(each.partition(":")[2]) for each in peer.hears if each.startswith("to:")}
    ranked = sorted(
        own,
        key=lambda each: (area(each) not in peer.hears, -len(roster.under.get(each, ())), each),
    )
    return ranked[0] if ranked else None


class Circle:
    """Who else is told what a stand-in would need, by one state of the roster."""

    def __init__(self, roster: Roster, here: NodeId) -> None:
        self.roster = roster
        self._here = here
        # Owners that somebody else may have to go on for, or has gone on for.
        later = (grant.owner for grant in roster.grants if grant.epoch > FIRST_EPOCH)
        self._owners = frozenset({*roster.stand_ins, *later})
        self._hearing: dict[str, list[NodeId]] = {}
        if self._owners:
            for node, peer in sorted(roster.peers.items()):
                for audience in peer.hears if node != here else ():
                    self._hearing.setdefault(audience, []).append(node)

    @property
    def is_empty(self) -> bool:
        """True when nobody stands in for anybody, or ever did: then nothing is shared at all."""
        return not self._owners

    @property
    def has_us(self) -> bool:
        """True when this node stands in for somebody, or somebody for it."""
        roster, here = self.roster, self._here
        return any(
            roster.may_hear(here, to(owner))
            or any(each.node == here for each in roster.stand_ins.get(owner, ()))
            for owner in self._owners
        )

    def of_owner(self, owner: OrganisationId) -> list[Receiver]:
        """The stand-ins of an owner; and its own node, where another tells for it."""
        roster = self.roster
        named = (each.node for each in roster.stand_ins.get(owner, ()) if each.node != self._here)
        stand_ins = [
            Receiver(seat, node) for node in named if (seat := seat_of(roster, node)) is not None
        ]
        return [*stand_ins, *self.of_organisations((owner,))]

    def of_organisations(self, organisations: Iterable[OrganisationId]) -> list[Receiver]:
        """The nodes elsewhere that hear what is told to these organisations."""
        return [
            Receiver(organisation, node)
            for organisation in organisations
            for node in self._hearing.get(to(organisation), ())
        ]


def audiences_of(receivers: Iterable[Receiver]) -> list[Audience]:
    """The audiences that these receivers are told by, each once."""
    return list(dict.fromkeys(to(each.organisation) for each in receivers))


# Keys by name


def variant(key: str, node: NodeId) -> str:
    """The name of a key that a node makes for an owner that it has taken over.

    The owner's first node may have made one under the plain name that is not known here yet.
    """
    return f"{key}@{node}"


def variants(roster: Roster, owner: OrganisationId, key: str) -> Iterator[str]:
    """All names under which keys of this name can have been made."""
    yield key
    later = (each for each in roster.grants if each.epoch > FIRST_EPOCH)
    nodes = {grant.node for grant in later if grant.owner == owner}
    yield from (variant(key, node) for node in sorted(nodes))


# Wrapping


def wrap_key_name(wrap_key: str) -> str:
    """The name of a wrapping key in the vault of the node that offers it."""
    return f"wrap/{wrap_key}"


def wrap_key_of(private: bytes) -> str:
    """The public half of a wrapping key."""
    return PrivateKey(private).public_key.encode().hex()


def is_usable(wrap_key: str) -> bool:
    """False for what is a key by its form and cannot be sealed for: a point of low order."""
    try:
        Box(PrivateKey(b"\1" * _KEY_BYTES), PublicKey(bytes.fromhex(wrap_key)))
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def wrapped(world: World, key: tuple[str, bytes], wrap_key: str, entropy: Entropy) -> bytes:
    """A key with its name, sealed so that only the holder of the wrapping key opens it."""
    name, secret = key
    once = PrivateKey(entropy(_KEY_BYTES))
    box = Box(once, PublicKey(bytes.fromhex(wrap_key)))
    plain = _bound_to(world, name) + secret
    return once.public_key.encode() + box.encrypt(plain, entropy(Box.NONCE_SIZE))


def unwrapped(world: World, name: str, box: bytes, private: bytes) -> bytes | None:
    """The key in a box; None when it was not sealed for this wrapping key, name and world."""
    head = _bound_to(world, name)
    try:
        theirs = PublicKey(box[:_KEY_BYTES])
        plain = Box(PrivateKey(private), theirs).decrypt(box[_KEY_BYTES:])
    except (CryptoError, ValueError, TypeError):
        return None
    is_whole = plain.startswith(head) and len(plain) == len(head) + _KEY_BYTES
    return plain[len(head) :] if is_whole else None


def _bound_to(world: World, name: str) -> bytes:
    return f"bavn key 1\n{world}\n{name}\n".encode()
