# SPDX-License-Identifier: Apache-2.0
"""The keys that nodes sign with: changed by the node itself, revoked by those above it."""

from collections.abc import Mapping
from datetime import datetime

from nacl.signing import SigningKey

from bavn.journal.fact import read_fact
from bavn.journal.journal import Journal
from bavn.journal.merge import INCARNATION_CHANCE_BYTES
from bavn.journal.record import Record
from bavn.journal.roster import Peer
from bavn.journal.store import ChainRow
from bavn.journal.trust.deciding import ChangeKey, RevokeKey
from bavn.journal.trust.statements import SIGNATURES_LIMIT, KeyChanged, KeyRevoked
from bavn.kernel.audience import OWN
from bavn.kernel.identity import NodeId
from bavn.kernel.instants import ms_of
from bavn.kernel.refusal import BadInput
from bavn.runtime import clock
from bavn.runtime.folder import Folder, read_signing_key, write_signing_key
from bavn.runtime.halt import halt
from bavn.runtime.joining.inviting import state

_ROWS_PER_TURN = 1_024


def roll_key(folder: Folder, journal: Journal) -> SigningKey:
    """The new key of this node, which it has told the others of and signs with from now on.

    Wherever it is cut off, it can be begun again: the new key is on disk before it is told of, and
    the old one is put away after. Letters go on being sealed for the key before, since a change of
    key does not reach those who have not heard of it yet.
    """
    record = journal.record
    world = record.identity.world
    path = folder.next_key_path(world)
    if not path.exists():
        write_signing_key(path, SigningKey(clock.entropy(32)))
    new = read_signing_key(path)
    peer = record.roster.peers.get(record.identity.node)
    if peer is None or all(each.key != new.verify_key.encode() for each in peer.later_keys):
        state(journal, ChangeKey(changed=_change(record, new)))
    line_key_path = folder.line_key_path(world)
    if not line_key_path.exists():
        write_signing_key(line_key_path, folder.signing_key(world))
    path.replace(folder.signing_key_path(world))
    _sign_with(record, new, after=_counts_from(record, new))
    return new


def _sign_with(record: Record, new: SigningKey, *, after: int = 0) -> None:
    """Go on with the key, in an incarnation of its own: one is signed with one key throughout."""
    chance = clock.entropy(INCARNATION_CHANCE_BYTES)
    record.begin_incarnation(ms_of(clock.now()), chance, after=after, hold=False)
    record.identity = record.identity._replace(key=new)


def _counts_from(record: Record, new: SigningKey) -> int:
    """The incarnation from which a changed key counts."""
    peer = record.roster.peers.get(record.identity.node)
    mine = new.verify_key.encode()
    since = () if peer is None else peer.later_keys
    return next((each.incarnation for each in reversed(since) if each.key == mine), 0)


def _change(record: Record, new: SigningKey) -> KeyChanged:
    return KeyChanged(
        node=record.identity.node,
        key=new.verify_key.encode().hex(),
        from_incarnation=record.newest_incarnation + 1,
    )


def replace_stolen_key(folder: Folder, journal: Journal) -> SigningKey:
    """The new key of this node, whose old one somebody else may have.

    Nothing is told of it with the old key: the node above names it as it revokes that one. Until
    then the others believe nothing of what this node tells, and wait.
    """
    new, world = SigningKey(clock.entropy(32)), journal.record.identity.world
    # In one step: what is signed from here on is signed with the new one.
    write_signing_key(folder.signing_key_path(world), new)
    for path in (folder.line_key_path(world), folder.next_key_path(world)):
        path.unlink(missing_ok=True)
    _sign_with(journal.record, new)
    return new


def revoke_key(
    journal: Journal, node: NodeId, new_key: str | None, since: datetime | None
) -> KeyRevoked:
    """What was stated about the key that a node signs with now; halts when this node may not.

    Believed is what was heard until now, or what was recorded before an instant.
    """
    record = journal.record
    peer = record.roster.peers.get(node)
    if peer is None:
        raise halt(
            "no_such_node",
            f"{node} is not a node that is known here.",
            f"Give one of these: {', '.join(sorted(record.roster.peers))}.",
            node=node,
            nodes=", ".join(sorted(record.roster.peers)),
        )
    revoked = _revocation(record, peer, new_key, since)
    state(journal, RevokeKey(revoked=revoked))
    return revoked


def _revocation(
    record: Record, peer: Peer, new_key: str | None, since: datetime | None
) -> KeyRevoked:
    key = peer.later_keys[-1].key if peer.later_keys else peer.key
    heard = [name for name in record.channels if name.node == peer.node and name.audience != OWN]
    signed = [name for name in heard if peer.key_at(name.incarnation) == key]
    before_ms = None if since is None else ms_of(since)
    believed = {
        name.text(): number
        for name in signed
        if (number := _signed_before(record, record.channels[name].key, before_ms))
    }
    return KeyRevoked(
        node=peer.node,
        key=key.hex(),
        believed=believed,
        new_key=new_key,
        from_incarnation=max((name.incarnation for name in heard), default=0) + 1,
        signatures=_signatures(record, believed),
    )


def _signatures(record: Record, believed: Mapping[str, int]) -> dict[str, str]:
    """The node's own signatures under what is believed, those of the newest channels."""
    channels = {name.text(): channel for name, channel in record.channels.items()}
    newest = sorted(believed, key=lambda each: (-channels[each].name.incarnation, each))
    found: dict[str, str] = {}
    for text in newest[:SIGNATURES_LIMIT]:
        (row,) = record.store.chain(channels[text].key, believed[text], 1)
        if row.signature is not None:
            found[text] = row.signature.hex()
    return found


def _signed_before(record: Record, channel: int, before_ms: int | None) -> int:
    """The last signed head of a channel under which all was recorded before an instant.

    A head, since a part of a channel that ends at none can be proved to nobody.
    """
    head = record.store.head(channel)
    if head is None or before_ms is None:
        return 0 if head is None else head.sequence
    found, after = 0, 0
    while rows := record.store.chain(channel, after + 1, _ROWS_PER_TURN):
        for row in rows:
            if _recorded_ms(row) >= before_ms:
                return found
            if row.signature is not None:
                found = row.sequence
        after = rows[-1].sequence
    return found


def _recorded_ms(row: ChainRow) -> int:
    try:
        return read_fact(row.raw).tick.ms
    except BadInput:
        return 0  # rubbish has no instant; what comes after it decides
