# SPDX-License-Identifier: Apache-2.0
"""Lilleland as it runs for real: each node's record in a folder of its own, with its own keys.

nation ─ east ─ harbour, nation ─ west: a middle node, and a service that has something to say to
the other area's centre, which only the two of them may hear.
"""

from pathlib import Path

from bavn.journal.decision import Request
from bavn.journal.journal import Journal, Machine, NoReserve
from bavn.journal.record import Identity
from bavn.journal.stores.sqlite import SqliteStore, open_store
from bavn.kernel.audience import NATION as TO_NATION
from bavn.kernel.audience import OWN, Audience, area, to
from bavn.kernel.identity import NodeId
from bavn.kernel.mandate import Actor, owner_may
from bavn.kernel.private import Private
from bavn.runtime import clock
from bavn.runtime.vault_keys import FileKeys
from tests.lilleland.nodes import HOSTS, NODES, WORLD, key_of
from tests.lilleland.vocabulary import AskHelp, Note, ReportFire, SendCrew, catalogue
from tests.runtime.peers.federation import PARENTS, tree_roster
from tests.storm_real.words import Sort, Tell

JOURNAL, KEYS, LINE_KEY = "journal.db", "keys.db", "line.nk"
ROSTER = tree_roster()
# Every two nodes that are neighbours in the tree, each way: who hears, and whom.
HEARINGS = tuple((a, b) for a, b in PARENTS.items()) + tuple((b, a) for a, b in PARENTS.items())
OFFICER = "officer"
SEALED_CANARY = "canary-sealed"


def open_record(folder: Path, node: NodeId) -> tuple[Journal, SqliteStore, FileKeys]:
    """A node's journal in its folder, made when there is none."""
    store = open_store(str(folder / JOURNAL))
    keys = FileKeys(str(folder / KEYS), clock.entropy)
    journal = Journal.open(
        store,
        identity=Identity(node, WORLD, key_of(node)),
        roster=ROSTER,
        catalogue=catalogue(),
        keys=keys,
        may=owner_may,
        machine=Machine(now=clock.now, entropy=clock.entropy, reserve=NoReserve()),
    )
    return journal, store, keys


def request_of(told: Tell) -> Request:
    """What an officer asks of the journal."""
    actor = Actor(organisation=told.owner, function="duty_officer")
    return Request(
        owner=told.owner, actor=actor, content=_content(told), sender=OFFICER, ref=told.ref
    )


def _content(told: Tell) -> ReportFire | SendCrew | Note | AskHelp:
    match told.sort:
        case "report":
            return ReportFire(fire=told.fire, what=told.canary, area=told.area)
        case "send":
            return SendCrew(fire=told.fire, crew=told.canary, area=told.area)
        case "note":
            text = Private(f"{SEALED_CANARY}-{told.ref}")
            return Note(fire=told.fire, mark=told.canary, text=text)
        case "ask":
            return AskHelp(fire=told.fire, of=told.of, crews=told.crews)


def audiences_of(told: Tell) -> set[Audience]:
    """Who is told what an officer asked for."""
    by_sort: dict[Sort, set[Audience]] = {
        "report": {TO_NATION, area(told.area)},
        "send": {area(told.area)},
        "note": {OWN},
        "ask": {to(told.of)},
    }
    return by_sort[told.sort]


def holders(told: Tell) -> set[NodeId]:
    """The nodes that have it in the end; no other may ever have had it."""
    home = HOSTS[told.owner]
    audiences = audiences_of(told)
    return {
        node
        for node in NODES
        if node == home or any(ROSTER.may_hear(node, audience) for audience in audiences)
    }


def hearers(channel: str) -> set[NodeId]:
    """The nodes that have a channel, whoever tells it included."""
    teller, _, audience = channel.split("/", 2)
    heard = {node for node in NODES if ROSTER.may_hear(node, Audience(audience))}
    return {NodeId(teller)} if audience == OWN else heard | {NodeId(teller)}
