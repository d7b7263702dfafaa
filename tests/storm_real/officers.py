# SPDX-License-Identifier: Apache-2.0
"""Officers: they tell, at every node, all through the storm, and again what was not answered."""

import asyncio
import random

from bavn.kernel.identity import OrganisationId
from tests.lilleland.nodes import AREA_OF, HOSTS
from tests.storm_real.lilleland import HEARINGS
from tests.storm_real.member import Member
from tests.storm_real.words import Sort, Tell

# About seven requests a second at each node; what follows from them comes on top.
PAUSE_S = (0.0, 0.3)
SORTS: tuple[Sort, ...] = ("report", "report", "send", "note", "ask")
REPEATS = 0.05
# Who waits for so many answers asks nothing more.
WAITING_LIMIT = 40


class Officer:
    """Whoever tells at one node."""

    def __init__(self, member: Member, chance: random.Random) -> None:
        self._member = member
        self._chance = chance
        self._owners = [owner for owner, node in HOSTS.items() if node == member.node]
        self._number = 0
        # While this is false they ask neighbours only, and what is for all has to be passed on by
        # those between; once it is true, nodes that are no neighbours write to each other.
        self.asks_far = False

    async def tell_for_ever(self) -> None:
        """Tell, until this is cancelled."""
        while True:
            if len(self._member.ledger.waiting) < WAITING_LIMIT:
                self._member.tell(self._next())
            await asyncio.sleep(self._chance.uniform(*PAUSE_S))

    def _next(self) -> Tell:
        chance, ledger = self._chance, self._member.ledger
        if ledger.facts and chance.random() < REPEATS:
            return ledger.asked[chance.choice(list(ledger.facts))]
        self._number += 1
        ref = f"{self._member.node}-{self._number}"
        owner = chance.choice(self._owners)
        sort = chance.choice(SORTS)
        fire = self._burning(owner) if sort == "send" else ref
        if fire is None:
            sort, fire = "report", ref
        return Tell(
            ref=ref,
            sort=sort,
            owner=owner,
            area=AREA_OF[owner],
            fire=fire,
            canary=f"canary-{chance.getrandbits(64):016x}",
            # A number that stands in no other fact.
            crews=9 * 10**14 + chance.getrandbits(40),
            of=self._other(owner),
        )

    def _burning(self, owner: OrganisationId) -> str | None:
        """A fire of this owner that is on record."""
        for ref in reversed(self._member.ledger.facts):
            asked = self._member.ledger.asked[ref]
            if asked.sort == "report" and asked.owner == owner:
                return asked.fire
        return None

    def _other(self, owner: OrganisationId) -> OrganisationId:
        """Whom it may ask for help."""
        home = HOSTS[owner]
        others = [
            each
            for each, node in HOSTS.items()
            if node != home and (self.asks_far or (home, node) in HEARINGS)
        ]
        return self._chance.choice(others)
