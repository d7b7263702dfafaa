# SPDX-License-Identifier: Apache-2.0
"""Inviting: the parent states that a node is under it, and makes the file that says so."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bavn.journal.chain import Segment
from bavn.journal.decision import Done, Request
from bavn.journal.journal import Journal
from bavn.journal.record import Record
from bavn.journal.roster import Peer, Roster, roster_of
from bavn.journal.trust.deciding import InviteNode
from bavn.journal.trust.proof import proof_of, proven
from bavn.journal.trust.statements import Granted, NodeJoined
from bavn.kernel.audience import Audience, to
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused
from bavn.runtime.functions import OPERATOR
from bavn.runtime.halt import Halt, halt
from bavn.runtime.joining.invitation import Invitation, proof_texts
from bavn.runtime.peers.lines_file import LineEntry

FIRST_EPOCH = 1


class Guest(NamedTuple):
    """Who is invited, and to what. Those `under` are seen to by the first that it hosts."""

    node: NodeId
    key: str
    hosts: tuple[OrganisationId, ...]
    hears: tuple[Audience, ...]
    under: tuple[OrganisationId, ...]
    valid_from: datetime
    valid_to: datetime | None
    lines: tuple[LineEntry, ...]


def invite(journal: Journal, guest: Guest, now: datetime) -> Invitation:
    """The invitation, once what it says is on record; halts when this node may not invite so.

    The same guest invited again gets another file, and nothing is stated twice.
    """
    record = journal.record
    # Nothing is stated about a guest who could not be given a file.
    _check_proof(record, _roots(record), proof_of(record))
    content = to_state(record.roster, record.identity.node, guest)
    if content is not None:
        state(journal, content)
    return invitation_of(record, guest, now)


def to_state(roster: Roster, here: NodeId, guest: Guest) -> InviteNode | None:
    """What has to be stated for the guest; None when all of it stands already."""
    grants = tuple(
        Granted(
            owner=owner,
            node=guest.node,
            epoch=_epoch(roster, owner),
            valid_from=None,
            valid_to=None,
            ground="invitation",
            knew={},
            decider=OPERATOR,
            under=guest.under if number == 0 else (),
        )
        for number, owner in enumerate(guest.hosts)
        if roster.host_of(owner) != guest.node or (number == 0 and _lacks(roster, guest))
    )
    hears = tuple(sorted({*guest.hears, *map(to, guest.hosts)}))
    peer = roster.peers.get(guest.node)
    stands = (
        peer is not None
        and (peer.key.hex(), peer.parent, peer.hears) == (guest.key, here, frozenset(hears))
        and (peer.span.to_ms is None) == (guest.valid_to is None)
    )
    if stands and not grants and guest.valid_to is None:
        return None
    joined = NodeJoined(
        node=guest.node,
        key=guest.key,
        parent=here,
        hears=hears,
        valid_from=guest.valid_from,
        valid_to=guest.valid_to,
    )
    return InviteNode(joined=joined, grants=grants)


def _lacks(roster: Roster, guest: Guest) -> bool:
    """True when those under the guest's first organisation are not known to be."""
    return not roster.under.get(guest.hosts[0], frozenset()) >= set(guest.under)


def _epoch(roster: Roster, owner: OrganisationId) -> int:
    """The first epoch of an organisation that nobody has hosted, else the one after the newest."""
    newest = max((grant.epoch for grant in roster.grants if grant.owner == owner), default=0)
    return max(newest + 1, FIRST_EPOCH)


def invitation_of(record: Record, guest: Guest, now: datetime) -> Invitation:
    """The invitation for a guest about whom all is stated."""
    return Invitation(
        world=record.identity.world,
        node=guest.node,
        key=guest.key,
        parent=record.identity.node,
        incarnation=record.incarnation,
        made_at=now,
        valid_from=guest.valid_from,
        valid_to=guest.valid_to,
        roots=_roots(record),
        lines=guest.lines,
        proof=proof_texts(proof_of(record)),
    )


def _roots(record: Record) -> dict[NodeId, str]:
    """The keys by which the roots are known; halts when there is none."""
    roster = record.roster
    roots = {node: roster.peers[node].key.hex() for node in roster.roots if node in roster.peers}
    if not roots:
        raise halt(
            "no_root",
            "This node does not know where trust begins, so it can prove nothing to others.",
            'Name the root in node.toml: root = ["nation"].',
        )
    return roots


def _check_proof(record: Record, roots: dict[NodeId, str], proof: Sequence[Segment]) -> None:
    """Halt unless the one who is invited will find it proven that this node may invite."""
    trusted = (Peer(node=node, key=bytes.fromhex(key)) for node, key in roots.items())
    roster = proven(roster_of(trusted, (), roots), record.identity.world, proof)
    here, mine = record.identity.node, record.identity.key.verify_key.encode()
    if roster.key_of(here, record.incarnation) != mine:
        raise halt(
            "not_proven_yet",
            "This node has not heard yet what proves that it may invite others.",
            "Start it, and wait until it has heard the node above; then invite again.",
        )


def state(journal: Journal, content: object) -> None:
    """Have it stated by this node; halts when nobody would heed it."""
    record = journal.record
    hosted = record.roster.hosted_by(record.identity.node)
    if not hosted:
        raise halt(
            "hosts_nobody",
            "This node hosts no organisation, and nobody can tell a fact here.",
            "Have the node above grant it one.",
        )
    actor = Actor(organisation=hosted[0], function=OPERATOR)
    (outcome,) = journal.commit([Request(owner=hosted[0], actor=actor, content=content)])  # type: ignore[arg-type]
    if isinstance(outcome, Refused):
        raise Halt(outcome)
    if not isinstance(outcome, Done):
        raise outcome.error
