# SPDX-License-Identifier: Apache-2.0
"""A small country of nodes, and what they state about trust.

root          where trust begins; hosts agency
east, west    centres, invited by the root; each hosts its area and sees to its services
harbour       a service's own node, invited by east
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from nacl.signing import SigningKey

from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.journal.trust.fold import fold
from bavn.journal.trust.statements import (
    Body,
    ClaimSettled,
    Granted,
    KeyChanged,
    KeyRevoked,
    NodeJoined,
    StandInEnded,
    StandInNamed,
    Statement,
)
from bavn.kernel.audience import Audience
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import FactId, NodeId, OrganisationId
from bavn.kernel.instants import ms_of

ROOT, EAST, WEST, HARBOUR = map(NodeId, ("root", "east", "west", "harbour"))
AGENCY, EASTERN, EASTTOWN, PORT, WESTERN = map(
    OrganisationId, ("agency", "eastern", "easttown", "port", "western")
)
START = datetime(2027, 1, 1, tzinfo=UTC)
START_MS = ms_of(START)
HEARS = {
    EAST: ("area:eastern", "to:eastern"),
    WEST: ("area:western", "to:western"),
    HARBOUR: ("area:eastern", "to:port"),
}


def secret_of(name: str) -> SigningKey:
    """Give a key by its name: a node's own, or another of its."""
    return SigningKey(sha256(f"trust {name}".encode()).digest())


def key_of(name: str) -> bytes:
    """Give the public half."""
    return secret_of(name).verify_key.encode()


def base() -> Roster:
    """Where trust begins: one node, and what it hosts."""
    root = Peer(node=ROOT, key=key_of(ROOT), hears=frozenset({Audience("to:agency")}))
    return roster_of([root], [Grant(owner=AGENCY, node=ROOT, epoch=1)], [ROOT])


def joined(node: str, parent: str | None, **other: object) -> NodeJoined:
    """Invite a node, with its own key and all that it should hear."""
    given: dict[str, object] = {
        "node": NodeId(node),
        "key": key_of(node).hex(),
        "parent": None if parent is None else NodeId(parent),
        "hears": tuple(map(Audience, HEARS.get(NodeId(node), ()))),
        "valid_from": START,
        "valid_to": None,
    }
    return NodeJoined(**{**given, **other})  # type: ignore[arg-type]


def granted(owner: str, node: str, epoch: int = 1, **other: object) -> Granted:
    """Grant an organisation to a node."""
    given: dict[str, object] = {
        "owner": OrganisationId(owner),
        "node": NodeId(node),
        "epoch": epoch,
        "valid_from": None,
        "valid_to": None,
        "ground": "invitation",
        "knew": {},
        "decider": None,
        "under": (),
    }
    return Granted(**{**given, **other})  # type: ignore[arg-type]


def stand_in(owner: str, node: str, order: int = 1) -> StandInNamed:
    """Name who may take an organisation over."""
    return StandInNamed(owner=OrganisationId(owner), stand_in=NodeId(node), order=order)


def no_stand_in(owner: str, node: str) -> StandInEnded:
    """Say that a node stands in no longer."""
    return StandInEnded(owner=OrganisationId(owner), stand_in=NodeId(node))


def settled(owner: str, epoch: int, node: str) -> ClaimSettled:
    """Find that a claim holds."""
    return ClaimSettled(owner=OrganisationId(owner), epoch=epoch, node=NodeId(node))


def changed(node: str, key: str, since: int) -> KeyChanged:
    """Go on with another key."""
    return KeyChanged(node=NodeId(node), key=key_of(key).hex(), from_incarnation=since)


def revoked(
    node: str,
    believed: Mapping[str, int],
    new_key: str | None = None,
    *,
    key: str | None = None,
    since: int = 2,
) -> KeyRevoked:
    """Believe a key no further than this."""
    return KeyRevoked(
        node=NodeId(node),
        key=key_of(key or node).hex(),
        believed=dict(believed),
        new_key=None if new_key is None else key_of(new_key).hex(),
        from_incarnation=since,
    )


@dataclass
class Talk:
    """Statements in the order in which they were told, one second after the other."""

    said: list[Statement] = field(default_factory=list)
    _sequence: dict[tuple[str, int], int] = field(default_factory=dict)

    def tell(self, node: str, body: Body, *, incarnation: int = 1, at_ms: int = 0) -> Statement:
        """Add what a node states."""
        number = len(self.said) + 1
        place = (node, incarnation)
        self._sequence[place] = sequence = self._sequence.get(place, 0) + 1
        told = Statement(
            node=NodeId(node),
            fact=FactId(f"01941f29-7c00-7aaa-8bbb-{number:012d}"),
            incarnation=incarnation,
            sequence=sequence,
            tick=Tick(at_ms or START_MS + 1_000 * number, 0),
            body=body,
        )
        self.said.append(told)
        return told

    def roster(self) -> Roster:
        """Fold all of it."""
        return fold(base(), self.said)

    def refused(self, node: str, body: Body, **more: int) -> str:
        """Tell, and give why it is not heeded; empty when it is."""
        told = self.tell(node, body, **more)
        return self.roster().unheeded.get(told.key, "")


def country() -> Talk:
    """Let the root invite two centres, and one of them its harbour."""
    talk = Talk()
    for node, owner, under in (
        (EAST, EASTERN, (EASTTOWN, PORT)),
        (WEST, WESTERN, ()),
    ):
        talk.tell(ROOT, joined(node, ROOT))
        talk.tell(ROOT, granted(owner, node, under=under))
        talk.tell(ROOT, granted(f"{node}town", node))
    talk.tell(EAST, joined(HARBOUR, EAST))
    talk.tell(EAST, granted(PORT, HARBOUR))
    return talk
