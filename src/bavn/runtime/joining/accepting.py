# SPDX-License-Identifier: Apache-2.0
"""Accepting an invitation: all of it is checked, then written down as where trust begins."""

from datetime import datetime
from pathlib import Path

from bavn.journal.roster import Roster
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.runtime.folder import Folder
from bavn.runtime.founding import write_roster
from bavn.runtime.halt import halt
from bavn.runtime.joining.invitation import (
    Invitation,
    check_fingerprint,
    check_time,
    read_invitation,
    roster_in,
)
from bavn.runtime.opened import WriterLock
from bavn.runtime.peers.lines_file import NAME, LinesFile, read_lines_file, write_lines_file
from bavn.runtime.roster_file import GrantLine, PeerLine, RosterFile


def join(
    folder: Folder, world: World, path: Path, fingerprint: str | None, now: datetime
) -> tuple[Invitation, bool]:
    """The invitation that was accepted, and whether it had been before.

    Halts, with nothing written, when anything about it is in doubt.
    """
    read = read_invitation(path)
    invitation = read.invitation
    _check_guest(folder, world, invitation)
    check_fingerprint(invitation, fingerprint)
    roster = roster_in(read, path)
    check_time(invitation, now)
    _check_invited(invitation, roster)
    here = folder.roster_file()
    if _is_joined(here, invitation, world):
        return invitation, True
    _check_hosting(here, roster)
    lock = WriterLock(folder.lock_path(world))
    try:
        _write_lines(folder, invitation)
        # Last, since it is what makes the node a joined one.
        write_roster(folder, _roster_file(here, invitation, roster))
    finally:
        lock.release()
    return invitation, False


def _check_guest(folder: Folder, world: World, invitation: Invitation) -> None:
    here = folder.roster_file().node
    if (invitation.node, invitation.world) != (here, world):
        raise halt(
            "invitation_for_another",
            f"The invitation is for {invitation.node} in world {invitation.world}; here is {here},"
            f" {world}.",
            "Give the invitation of this node, or another --data or --world.",
            node=invitation.node,
            world=invitation.world,
            here=here,
            here_world=world,
        )
    key = folder.signing_key(world).verify_key.encode().hex()
    if invitation.key != key:
        raise halt(
            "invitation_for_another_key",
            f"The invitation is for {invitation.node} with the key {invitation.key}; here is"
            f" {key}.",
            "Give the parent this node's key, and ask for another invitation.",
            node=invitation.node,
            theirs=invitation.key,
            ours=key,
        )


def _check_invited(invitation: Invitation, roster: Roster) -> None:
    peer = roster.peers.get(invitation.node)
    if peer is None or peer.key.hex() != invitation.key or roster.is_cut_off(invitation.node):
        raise halt(
            "not_invited",
            f"Nothing in the invitation proves that {invitation.node} was taken in.",
            "Ask the one who sent it for another.",
            node=invitation.node,
        )


def _is_joined(here: RosterFile, invitation: Invitation, world: World) -> bool:
    """True when this node has joined there; halts when it has joined elsewhere."""
    if not here.root or here.root == (here.node,):
        return False
    keys = {each.node: each.keys.get(world, "") for each in here.peer}
    known = {node: keys.get(node, "") for node in here.root}
    if not any(known.values()) and known.keys() == invitation.roots.keys():
        return False  # joined in another world, not in this one
    if known != invitation.roots:
        raise halt(
            "joined_elsewhere",
            f"This node has joined already: its trust begins at {', '.join(here.root)}.",
            "A node is in one federation. Make another with `bavn node init` in another folder.",
            roots=", ".join(here.root),
        )
    own = next((each for each in here.peer if each.node == here.node), None)
    return own is not None and own.parent is not None


def _check_hosting(here: RosterFile, roster: Roster) -> None:
    """What a node told about others than it may host would count nowhere."""
    for grant in here.grant:
        if not roster.may_write(here.node, grant.owner, grant.epoch):
            raise halt(
                "hosting_not_granted",
                f"This node hosts {grant.owner}, and is not invited to.",
                "Ask the parent to invite it with --hosts, or take the grant out of node.toml.",
                owner=grant.owner,
            )


def _write_lines(folder: Folder, invitation: Invitation) -> None:
    """The lines to the parent, unless somebody has written down better ones."""
    if invitation.lines and not (folder.path / NAME).exists():
        write_lines_file(folder.path, LinesFile(line=invitation.lines))
    else:
        read_lines_file(folder.path)


def _roster_file(here: RosterFile, invitation: Invitation, roster: Roster) -> RosterFile:
    """All that was proven, so that the node knows the others before it has heard their facts."""
    world, others = invitation.world, {each.node: each for each in here.peer}
    peers = [
        _peer_line(roster, node, world, others.get(node))
        for node in roster.peers
        if not roster.is_cut_off(node)
    ]
    elsewhere = [
        each for node, each in others.items() if node not in roster.peers and {*each.keys} - {world}
    ]
    return RosterFile(
        node=here.node,
        root=tuple(sorted(invitation.roots)),
        peer=(*peers, *elsewhere),
        grant=tuple(
            GrantLine(
                owner=grant.owner,
                node=grant.node,
                epoch=grant.epoch,
                under=_under(roster, grant.owner),
            )
            for grant in sorted(roster.grants, key=lambda each: (each.owner, each.epoch, each.node))
        ),
    )


def _peer_line(roster: Roster, node: NodeId, world: World, before: PeerLine | None) -> PeerLine:
    peer, key = roster.peers[node], roster.line_key_of(node)
    assert key is not None, "a node that is known has a key"
    keys = {**(before.keys if before is not None else {}), world: key.hex()}
    return PeerLine(node=node, hears=tuple(sorted(peer.hears)), keys=keys, parent=peer.parent)


def _under(roster: Roster, owner: OrganisationId) -> tuple[OrganisationId, ...]:
    return tuple(sorted(roster.under.get(owner, ())))
