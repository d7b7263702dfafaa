# SPDX-License-Identifier: Apache-2.0
"""Making a node that others can join under, or that can be invited."""

from collections.abc import Sequence

from bavn.journal.catalogue import Catalogue
from bavn.journal.trust.deciding import InviteNode
from bavn.journal.trust.statements import Granted, NodeJoined
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.runtime import clock
from bavn.runtime.folder import Folder
from bavn.runtime.founding import FIRST_EPOCH, found_node
from bavn.runtime.halt import halt
from bavn.runtime.joining.inviting import state
from bavn.runtime.opened import open_to_write
from bavn.runtime.roster_file import PeerLine, RosterFile


def found_root(
    folder: Folder,
    world: World,
    node: NodeId,
    *,
    hosts: Sequence[OrganisationId],
    areas: Sequence[OrganisationId],
    catalogue: Catalogue,
) -> RosterFile:
    """A new node where trust begins, which has stated what it hosts and hears.

    So that those who join hear it as facts, like all else. Halts when it hosts nothing: who hosts
    no organisation can state nothing.
    """
    if not hosts:
        raise halt(
            "root_hosts_nobody",
            "Where trust begins, an organisation must be hosted: nobody else can state anything.",
            "Give the organisation that answers for the federation with --hosts.",
        )
    roster = found_node(
        folder, world, node, hosts=hosts, areas=areas, catalogue=catalogue, root=True
    )
    with open_to_write(folder, world, catalogue) as opened:
        state(opened.journal, _first_words(roster.peer[0], world, hosts))
    return roster


def _first_words(own: PeerLine, world: World, hosts: Sequence[OrganisationId]) -> InviteNode:
    joined = NodeJoined(
        node=own.node,
        key=own.keys[world],
        parent=None,
        hears=own.hears,
        valid_from=clock.now(),
        valid_to=None,
    )
    grants = tuple(
        Granted(
            owner=owner,
            node=own.node,
            epoch=FIRST_EPOCH,
            valid_from=None,
            valid_to=None,
            ground="root",
            knew={},
            decider=None,
            under=(),
        )
        for owner in hosts
    )
    return InviteNode(joined=joined, grants=grants)
