# SPDX-License-Identifier: Apache-2.0
"""Journals to measure: the real ones, on the real disk, wired as a node wires them."""

import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from nacl.signing import SigningKey

from bavn.journal.journal import Journal, Machine, NoReserve
from bavn.journal.record import Identity
from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.journal.stores.sqlite import open_store
from bavn.kernel.identity import NodeId, World
from bavn.kernel.mandate import owner_may
from bavn.runtime.vault_keys import FileKeys
from bench.vocabulary import SERVICE, catalogue

HERE, THERE = NodeId("here"), NodeId("there")


def _key(node: NodeId) -> SigningKey:
    return SigningKey(sha256(node.encode()).digest())


def roster() -> Roster:
    """Two nodes, the first of which hosts the service."""
    peers = [Peer(node=node, key=_key(node).verify_key.encode()) for node in (HERE, THERE)]
    return roster_of(peers, [Grant(owner=SERVICE, node=HERE, epoch=1)])


def open_journal(folder: Path | None, node: NodeId = HERE) -> Journal:
    """A journal in this folder, made when there is none; in memory when there is no folder."""
    store = ":memory:" if folder is None else str(folder / f"{node}.db")
    keys = ":memory:" if folder is None else str(folder / f"{node}-keys.db")
    return Journal.open(
        open_store(store),
        identity=Identity(node, World("bench"), _key(node)),
        roster=roster(),
        catalogue=catalogue(),
        keys=FileKeys(keys, os.urandom),
        may=owner_may,
        machine=Machine(now=lambda: datetime.now(UTC), entropy=os.urandom, reserve=NoReserve()),
    )
