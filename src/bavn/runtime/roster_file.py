# SPDX-License-Identifier: Apache-2.0
"""Where trust begins, as a file that a person can read: nodes, and who hosts whom.

What nodes have stated since is in the record, and comes before what stands here.

node = "nordjylland"
root = ["nation"]

[[peer]]
node = "nation"
hears = ["to:situationscenter"]
keys = { real = "…64 hexadecimal digits…" }

[[grant]]
owner = "nordjylland"
node = "nordjylland"
epoch = 1
under = ["nordjyllands-beredskab"]
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.kernel.audience import Audience, scope_of
from bavn.kernel.identity import NodeId, OrganisationId, World, is_name
from bavn.runtime.halt import Halt, halt

_HEAD = """\
# Where this node's trust begins: the roots, whose word counts for everything; the nodes, what each
# may hear beside `nation`, its parent, and its public key in each world; which organisation each
# hosts since which epoch, and which others lie under it. Public: no secrets here.
"""


class PeerLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node, itself included, with its public key in each world."""

    node: NodeId
    hears: tuple[Audience, ...] = ()
    keys: dict[World, str] = {}
    parent: NodeId | None = None


class GrantLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation is hosted by a node, since an epoch; it sees to those under it."""

    owner: OrganisationId
    node: NodeId
    epoch: int
    under: tuple[OrganisationId, ...] = ()


class RosterFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """This node, where its trust begins, and the nodes and grants that it knows from there."""

    node: NodeId
    root: tuple[NodeId, ...] = ()
    peer: tuple[PeerLine, ...] = ()
    grant: tuple[GrantLine, ...] = ()

    def roster(self, world: World) -> Roster:
        """The roster of one world: the nodes that have a key in it."""
        peers = (
            Peer(
                node=each.node,
                key=bytes.fromhex(each.keys[world]),
                hears=frozenset(each.hears),
                parent=each.parent,
            )
            for each in self.peer
            if world in each.keys
        )
        grants = (Grant(owner=each.owner, node=each.node, epoch=each.epoch) for each in self.grant)
        under: dict[OrganisationId, frozenset[OrganisationId]] = {}
        for each in self.grant:
            if each.under:
                under[each.owner] = under.get(each.owner, frozenset()) | set(each.under)
        plain = roster_of(peers, grants, self.root)
        return Roster(plain.peers, plain.grants, plain.roots, under)

    def text(self) -> str:
        """The roster as it stands in the file."""
        parts = [_HEAD, f"node = {_quoted(self.node)}\n"]
        if self.root:
            parts.append(f"root = [{_list(self.root)}]\n")
        for peer in self.peer:
            hears = _list(sorted(peer.hears))
            parent = f"parent = {_quoted(peer.parent)}\n" if peer.parent else ""
            keys = ", ".join(f"{world} = {_quoted(key)}" for world, key in peer.keys.items())
            parts.append(
                f"\n[[peer]]\nnode = {_quoted(peer.node)}\n{parent}hears = [{hears}]\n"
                f"keys = {{ {keys} }}\n"
            )
        parts += [
            f"\n[[grant]]\nowner = {_quoted(each.owner)}\nnode = {_quoted(each.node)}\n"
            f"epoch = {each.epoch}\n" + (f"under = [{_list(each.under)}]\n" if each.under else "")
            for each in self.grant
        ]
        return "".join(parts)


def read_roster_file(path: Path) -> RosterFile:
    """The roster in a file; halts with the place of the first fault in it."""
    return parse_roster(path.read_text(encoding="utf-8"), path)


def parse_roster(text: str, path: Path) -> RosterFile:
    """The roster in a text; halts with the place of the first fault in it."""
    try:
        found = msgspec.convert(tomllib.loads(text), RosterFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _unreadable(path, str(error)) from error
    for says in _faults(found):
        raise _unreadable(path, says)
    return found


def _faults(found: RosterFile) -> list[str]:
    names: list[str] = [found.node, *found.root, *(each.node for each in found.peer)]
    names += [each.parent for each in found.peer if each.parent is not None]
    names += [name for each in found.grant for name in (each.owner, each.node, *each.under)]
    faults = [f"{name!r} is no name" for name in names if not is_name(name)]
    for peer in found.peer:
        faults += [f"{peer.node}: {each!r} is no audience" for each in _no_audiences(peer.hears)]
        faults += [
            f"{peer.node}: the key of {world} is not 64 hexadecimal digits"
            for world, key in peer.keys.items()
            if not _is_key(key)
        ]
    return faults


def _no_audiences(texts: tuple[Audience, ...]) -> list[str]:
    found: list[str] = []
    for text in texts:
        try:
            scope_of(text)
        except ValueError:
            found.append(text)
    return found


def _is_key(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == 32  # noqa: PLR2004 - an Ed25519 public key, RFC 8032 §5.1.5
    except ValueError:
        return False


def _unreadable(path: Path, says: str) -> Halt:
    return halt(
        "roster_unreadable",
        f"{path} cannot be read: {says}.",
        "Mend that place in the file; a backup has a copy of it.",
        path=path,
        fault=says,
    )


def _list(texts: Iterable[str]) -> str:
    return ", ".join(map(_quoted, texts))


def _quoted(text: str) -> str:
    # Names have no signs that TOML and JSON quote differently.
    return msgspec.json.encode(text).decode()
