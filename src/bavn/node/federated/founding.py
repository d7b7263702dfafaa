# SPDX-License-Identifier: Apache-2.0
"""Making the nodes of the demonstration: each its folder, its keys, its roster and its own facts.

Asked again, nothing happens twice: what is there is kept and gone on with.
"""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import msgspec

from bavn.capabilities.operations.decisions import SetUnitStatus, unit_subject
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.views.tables import UNIT_PICTURE
from bavn.capabilities.organisation.decisions.founding import SENDER, founding_requests
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.country import Country
from bavn.journal.decision import Request
from bavn.journal.journal import Journal
from bavn.journal.reaction import MACHINE
from bavn.journal.reader import NOBODY
from bavn.journal.trust.deciding import NameStandIn
from bavn.journal.trust.statements import StandInNamed
from bavn.kernel.identity import NodeId, World
from bavn.kernel.mandate import Actor, owner_may
from bavn.node.acquainted import acquaint
from bavn.node.federated.called import invented, spool
from bavn.node.federated.plan import Plan, PlannedNode
from bavn.node.invented_addresses import found_addresses
from bavn.node.play.objects import telling_objects
from bavn.node.wiring import catalogue
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.folder import Folder, make_folder
from bavn.runtime.founding import found_node, introduce, write_roster
from bavn.runtime.halt import halt
from bavn.runtime.opened import open_to_write
from bavn.runtime.peers import nkeys
from bavn.runtime.peers.certificates import AUTHORITY, make_authority, make_certificate
from bavn.runtime.roster_file import RosterFile
from bavn.runtime.tokens import Token

WORLD = World("demo")
NODES = "nodes"
HERE = "127.0.0.1"
BEFORE_THE_PLAY = timedelta(days=1)
FUNCTION = "system"
# Numbers are counted for each sender apart: the play's, the switch page's, and people's.
PLAY_TOKEN, SWITCH_TOKEN = "demo-play", "demo-switches"


def folder_of(data: Path, node: NodeId) -> Folder:
    """Where a node of the demonstration has its data."""
    return Folder(data / NODES / node)


def found(data: Path, plan: Plan, country: Country) -> None:
    """Have all nodes be there, each with the others in its roster and its own organisations told.

    Halts for a folder of another plan: who hosts whom is settled when a federation begins.
    """
    folders = {each.node: folder_of(data, each.node) for each in plan.nodes}
    if not all(_is_whole(folder, plan) for folder in folders.values()):
        if any(folder.is_there() for folder in folders.values()):
            raise halt(
                "half_federation",
                f"In {data / NODES} are some nodes and not all.",
                "Give another folder with --data, or take that one away.",
                folder=data / NODES,
            )
        make_folder(data / NODES)
        _found_all(folders, plan)
    for folder in folders.values():
        spool(folder)
    with ExitStack() as stack:
        journals = []
        for each in plan.nodes:
            # By the owner's own word: no function of the country's may name stand-ins for all.
            opened = open_to_write(folders[each.node], WORLD, catalogue(), may=owner_may)
            stack.callback(opened.close)
            _tell(opened.journal, each, plan, country)
            journals.append(opened.journal)
        # Whoever asks one of them finds the whole country from the first moment.
        acquaint(journals)
    found_addresses([folder.path for folder in folders.values()], country)


def _is_whole(folder: Folder, plan: Plan) -> bool:
    """True for a node that knows all the others: what is done last at a founding."""
    if not folder.is_there():
        return False
    return {each.node for each in plan.nodes} <= {each.node for each in folder.roster_file().peer}


def _found_all(folders: dict[NodeId, Folder], plan: Plan) -> None:
    rosters = [_founded(folders[each.node], each, plan) for each in plan.nodes]
    top = folders[plan.top.node].keys_path
    make_authority(top, plan.top.node, clock.now())
    make_certificate(top, top, plan.top.node, (HERE,), clock.now())
    for each, folder in zip(plan.nodes, folders.values(), strict=True):
        nkeys.make_nkey(folder.keys_path / nkeys.NAME)
        if each.node != plan.top.node:
            (folder.keys_path / AUTHORITY).write_bytes((top / AUTHORITY).read_bytes())
    # Last: a founding that was broken off leaves nodes that do not know each other.
    for folder, roster in zip(folders.values(), introduce(*rosters), strict=True):
        write_roster(folder, roster)


def _founded(folder: Folder, each: PlannedNode, plan: Plan) -> RosterFile:
    roster = found_node(
        folder,
        WORLD,
        each.node,
        hosts=each.hosts,
        areas=each.areas,
        catalogue=catalogue(),
        root=each.parent is None,
    )
    (own,) = roster.peer
    first, *others = roster.grant
    below = [owner for child in plan.children_of(each.node) for owner in child.hosts[:1]]
    under = tuple(dict.fromkeys([*each.hosts[1:], *below]))
    return msgspec.structs.replace(
        roster,
        peer=(msgspec.structs.replace(own, parent=each.parent),),
        grant=(msgspec.structs.replace(first, under=under), *others),
    )


def _tell(journal: Journal, each: PlannedNode, plan: Plan, country: Country) -> None:
    """Have a node tell of the country for those whom it hosts, and name their stand-ins."""
    requests = [one for one in founding_requests(country) if one.owner in each.hosts]
    requests += _stand_ins(each, plan)
    # After whoever stands in is named: their cards are told to those from the first.
    requests += telling_objects(country, each.hosts)
    if requests:
        journal.commit(requests)
    if silent := _silent_units(journal, each, country):
        journal.commit(silent)
    if called := invented(journal, each, country, clock.now()):
        journal.commit(called)


def _silent_units(journal: Journal, each: PlannedNode, country: Country) -> list[Request]:
    """Have every unit say that it is at home that has never said anything.

    A real control room's units have. The instant lies before whatever is played: an earlier word
    that is heard later is history.
    """
    on = clock.now()
    day = Register(country, journal.query).on(on.date())
    said = {str(row["subject"]) for row in journal.query.rows(NOBODY, UNIT_PICTURE)}
    return [
        Request(
            owner=unit.service,
            actor=Actor(organisation=unit.service, function=MACHINE),
            content=SetUnitStatus(
                unit=unit.id,
                area=unit.area or unit.service,
                status=UnitStatus.AVAILABLE,
                at=on - BEFORE_THE_PLAY,
            ),
            sender=SENDER,
            ref=f"at-home-{unit.id}",
        )
        for unit in day.units.values()
        if unit.service in each.hosts and unit_subject(unit.id) not in said
    ]


def _stand_ins(each: PlannedNode, plan: Plan) -> list[Request]:
    return [
        Request(
            owner=owner,
            actor=Actor(organisation=owner, function=MACHINE),
            content=NameStandIn(named=StandInNamed(owner=owner, stand_in=node, order=order)),
            sender=SENDER,
            ref=f"stand-in-{owner}-{node}",
        )
        for owner in each.hosts
        for order, node in enumerate(plan.stand_ins_of(each.node), 1)
    ]


def make_token(folder: Folder, name: str, plan: Plan) -> str:
    """A token for a system that acts for everyone: its own first, and others after a take-over."""
    own = folder.roster_file().node
    nodes = sorted(plan.nodes, key=lambda each: each.node != own)
    access = Access(folder.access_path(WORLD))
    try:
        organisations = tuple(owner for each in nodes for owner in each.hosts)
        areas = tuple(area for each in nodes for area in each.areas)
        return access.tokens.make(
            Token(name=name, function=FUNCTION, organisations=organisations, areas=areas)
        )
    finally:
        access.close()
