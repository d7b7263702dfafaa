# SPDX-License-Identifier: Apache-2.0
"""The roster as a file that a person can read: who the nodes are, and who hosts whom.

node = "nordjylland"

[[peer]]
node = "nation"
hears = ["to:situationscenter"]
keys = { real = "…64 hexadecimal digits…" }

[[grant]]
owner = "nordjylland"
node = "nordjylland"
epoch = 1
"""

import tomllib
from pathlib import Path

import msgspec

from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.kernel.audience import Audience, scope_of
from bavn.kernel.identity import NodeId, OrganisationId, World, is_name
from bavn.runtime.halt import Halt, halt

_HEAD = """\
# The roster of this node: who the nodes are, what each may hear beside `nation`, their public keys
# in each world, and which organisation each hosts since which epoch. Public: no secrets here.
"""


class PeerLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node, itself included, with its public key in each world."""

    node: NodeId
    hears: tuple[Audience, ...] = ()
    keys: dict[World, str] = {}


class GrantLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation is hosted by a node, since an epoch."""

    owner: OrganisationId
    node: NodeId
    epoch: int


class RosterFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """This node, all nodes and all grants."""

    node: NodeId
    peer: tuple[PeerLine, ...] = ()
    grant: tuple[GrantLine, ...] = ()

    def roster(self, world: World) -> Roster:
        """The roster of one world: the nodes that have a key in it."""
        peers = (
            Peer(node=each.node, key=bytes.fromhex(each.keys[world]), hears=frozenset(each.hears))
            for each in self.peer
            if world in each.keys
        )
        grants = (Grant(owner=each.owner, node=each.node, epoch=each.epoch) for each in self.grant)
        return roster_of(peers, grants)

    def text(self) -> str:
        """The roster as it stands in the file."""
        parts = [_HEAD, f"node = {_quoted(self.node)}\n"]
        for peer in self.peer:
            hears = ", ".join(map(_quoted, sorted(peer.hears)))
            keys = ", ".join(f"{world} = {_quoted(key)}" for world, key in peer.keys.items())
            parts.append(
                f"\n[[peer]]\nnode = {_quoted(peer.node)}\nhears = [{hears}]\nkeys = {{ {keys} }}\n"
            )
        parts += [
            f"\n[[grant]]\nowner = {_quoted(each.owner)}\nnode = {_quoted(each.node)}\n"
            f"epoch = {each.epoch}\n"
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
    names: list[str] = [found.node, *(each.node for each in found.peer)]
    names += [name for each in found.grant for name in (each.owner, each.node)]
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


def _quoted(text: str) -> str:
    # Names have no signs that TOML and JSON quote differently.
    return msgspec.json.encode(text).decode()
