# SPDX-License-Identifier: Apache-2.0
"""Lilleland's nodes: the nation's, one for each of the two areas, and one service's own.

nation          hears what is told to the nation
east, west      the areas' centres: each hosts itself and its services, and hears its area
harbour         a service in the east with a node of its own
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

from nacl.signing import SigningKey

from bavn.journal.catalogue import Catalogue
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.journal import Journal, Machine, NoReserve, Reserve
from bavn.journal.record import Identity
from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.journal.stores.sqlite import SqliteStore, open_store
from bavn.kernel.audience import area, to
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor, May, owner_may
from bavn.runtime.vault_keys import FileKeys
from tests.lilleland.vocabulary import catalogue

WORLD = World("lilleland")
NATION, EAST, WEST, HARBOUR = map(NodeId, ("nation", "east", "west", "harbour"))
NODES = (NATION, EAST, WEST, HARBOUR)
# Who hosts whom: the organisation, its node, and its area.
AGENCY = OrganisationId("agency")
EASTERN, EASTTOWN = OrganisationId("eastern"), OrganisationId("easttown")
WESTERN, WESTTOWN = OrganisationId("western"), OrganisationId("westtown")
PORT = OrganisationId("port")
HOSTS = {
    AGENCY: NATION,
    EASTERN: EAST,
    EASTTOWN: EAST,
    WESTERN: WEST,
    WESTTOWN: WEST,
    PORT: HARBOUR,
}
AREA_OF = {
    AGENCY: EASTERN,
    EASTERN: EASTERN,
    EASTTOWN: EASTERN,
    PORT: EASTERN,
    WESTERN: WESTERN,
    WESTTOWN: WESTERN,
}
HEARS_AREA = {EAST: EASTERN, HARBOUR: EASTERN, WEST: WESTERN}
START = datetime(2027, 1, 1, tzinfo=UTC)


def key_of(node: NodeId) -> SigningKey:
    """A node's signing key, the same in every test."""
    return SigningKey(sha256(f"lilleland {node}".encode()).digest())


def roster() -> Roster:
    """All nodes of Lilleland and whom they host."""
    peers = []
    for node in NODES:
        hears = {to(owner) for owner, host in HOSTS.items() if host == node}
        if node in HEARS_AREA:
            hears.add(area(HEARS_AREA[node]))
        peers.append(Peer(node=node, key=key_of(node).verify_key.encode(), hears=frozenset(hears)))
    return roster_of(
        peers, (Grant(owner=owner, node=node, epoch=1) for owner, node in HOSTS.items())
    )


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass(kw_only=True)
class Settings:
    """What a test may want to be different."""

    clock: Callable[[], datetime] = field(default_factory=Clock)
    seed: int = 1
    may: May = owner_may
    reserve: Reserve = field(default_factory=NoReserve)
    catalogue: Catalogue = field(default_factory=catalogue)
    roster: Roster = field(default_factory=roster)
    vfs: str | None = None
    # A node's own, unless it has changed it.
    key: SigningKey | None = None


class Node:
    """A node of Lilleland, with its store in memory or in a folder."""

    def __init__(
        self, name: NodeId, folder: str | None = None, settings: Settings | None = None
    ) -> None:
        self.name = name
        self.settings = settings or Settings()
        self.store: SqliteStore = open_store(_path(folder, "journal.db"), vfs=self.settings.vfs)
        chance = Random(f"{name} {self.settings.seed}")
        self.keys = FileKeys(_path(folder, "keys.db"), chance.randbytes, vfs=self.settings.vfs)
        self.journal = Journal.open(
            self.store,
            identity=Identity(name, WORLD, self.settings.key or key_of(name)),
            roster=self.settings.roster,
            catalogue=self.settings.catalogue,
            keys=self.keys,
            may=self.settings.may,
            machine=Machine(
                now=self.settings.clock,
                entropy=chance.randbytes,
                reserve=self.settings.reserve,
            ),
        )

    def ask(self, request: Request) -> Outcome:
        """The outcome of one request."""
        (outcome,) = self.journal.commit([request])
        return outcome

    def done(self, request: Request) -> Done:
        """The outcome of a request that must succeed."""
        outcome = self.ask(request)
        assert isinstance(outcome, Done), outcome
        return outcome

    def hear(self, *others: "Node") -> int:
        """Pull from others until they have nothing more; how many entries were applied."""
        applied = 0
        for other in others:
            while segments := other.journal.offer(self.name, self.journal.have()):
                before = self.journal.have()
                for segment in segments:
                    merged = self.journal.merge(segment)
                    applied += getattr(merged, "applied", 0)
                if self.journal.have() == before:
                    break
        return applied

    def close(self) -> None:
        """Let go of the files."""
        self.store.close()
        self.keys.close()


def request(owner: OrganisationId, content: object, **more: str) -> Request:
    """A request of an organisation to itself."""
    actor = Actor(organisation=owner, function="duty_officer")
    return Request(owner=owner, actor=actor, content=content, **more)  # type: ignore[arg-type]


def _path(folder: str | None, name: str) -> str:
    return ":memory:" if folder is None else f"{folder}/{name}"
