# SPDX-License-Identifier: Apache-2.0
"""Making a node: its folder, its keys, an empty record, and a roster with itself in it."""

from collections.abc import Sequence
from pathlib import Path

from bavn.journal.catalogue import Catalogue
from bavn.kernel.audience import Audience, area, to
from bavn.kernel.identity import NodeId, OrganisationId, World, is_name
from bavn.runtime import clock
from bavn.runtime.erasures import Erasure
from bavn.runtime.folder import (
    OWNER_ONLY_FOLDER,
    Folder,
    make_folder,
    make_signing_key,
    write_whole,
)
from bavn.runtime.halt import halt
from bavn.runtime.opened import open_to_write
from bavn.runtime.roster_file import GrantLine, PeerLine, RosterFile

FIRST_EPOCH = 1


def found_node(  # noqa: PLR0913 - what a node is made of
    folder: Folder,
    world: World,
    node: NodeId,
    *,
    hosts: Sequence[OrganisationId],
    areas: Sequence[OrganisationId],
    catalogue: Catalogue,
    root: bool = False,
) -> RosterFile:
    """A new node in a folder that holds none; its roster as written.

    A root is where trust begins: its word about others counts for everything. Halts, with nothing
    written, when a name is none or the folder is taken.
    """
    for name in (node, world, *hosts, *areas):
        check_name(name)
    if folder.is_there():
        raise halt(
            "folder_taken",
            f"There is a node in {folder.path} already.",
            "Give another folder with --data.",
            folder=folder.path,
        )
    for path in (folder.path, folder.keys_path, folder.world_path(world).parent):
        _make(path)
    folder.path.chmod(OWNER_ONLY_FOLDER)
    key = make_signing_key(folder, world)
    hears: list[Audience] = [*map(area, areas), *map(to, hosts)]
    own = PeerLine(node=node, hears=tuple(hears), keys={world: key.verify_key.encode().hex()})
    grants = tuple(GrantLine(owner=each, node=node, epoch=FIRST_EPOCH) for each in hosts)
    roots = (node,) if root else ()
    roster = RosterFile(node=node, root=roots, peer=(own,), grant=grants)
    folder.erasures.add(Erasure(at=clock.now(), world=world))
    # Last, since it is what makes the folder a node.
    write_roster(folder, roster)
    open_to_write(folder, world, catalogue, make=True).close()
    return roster


def write_roster(folder: Folder, roster: RosterFile) -> None:
    """Put a roster in place of the one that is there; a running process reads it at its start."""
    write_whole(folder.roster_path, roster.text().encode())


def introduce(*rosters: RosterFile) -> list[RosterFile]:
    """Each roster with all the nodes, grants and roots of the others."""
    roots = tuple(sorted({root for roster in rosters for root in roster.root}))
    peers = tuple(peer for roster in rosters for peer in roster.peer)
    grants = tuple(grant for roster in rosters for grant in roster.grant)
    return [
        RosterFile(node=roster.node, root=roots, peer=peers, grant=grants) for roster in rosters
    ]


def _make(path: Path) -> None:
    try:
        make_folder(path)
    except (FileExistsError, NotADirectoryError) as error:
        raise halt(
            "not_a_folder",
            f"{path} is a file.",
            "Give a folder with --data.",
            path=path,
        ) from error


def check_name(name: str) -> None:
    """Halt unless the text may name a node, an organisation or a world."""
    if not is_name(name):
        raise halt(
            "no_name",
            f"{name!r} cannot be a name.",
            "Use 1 to 64 small letters a-z, digits and dashes, such as nordjylland.",
            name=name,
        )
