# SPDX-License-Identifier: Apache-2.0
"""Who goes on for whom, in the country's words: asked by the pages of connections."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bavn.capabilities.connections.model.contact import may_take_over, sees_to
from bavn.capabilities.connections.ports import HostNow, OwnerNow, SaidOf
from bavn.capabilities.operations.views.incidents import incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.story import story
from bavn.capabilities.operations.views.words import Words
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.conflicts import Conflict, Conflicts
from bavn.journal.kept import SHARED
from bavn.journal.record import Record
from bavn.journal.roster import Roster
from bavn.journal.sharing import seat_of
from bavn.kernel.audience import to
from bavn.kernel.identity import NodeId, OrganisationId, Subject
from bavn.node.connections import Names
from bavn.runtime.live import Live
from bavn.runtime.peers.lookout import Lookout, Sighting
from bavn.runtime.web.callers import GoesOnFor, Hosts


def goes_on_for(lives: Iterable[Live]) -> GoesOnFor:
    """For whom the people of an organisation act as well: what its node has taken over.

    The centre's people, and not those of the services that its node hosts beside it.
    """
    served = tuple(lives)

    def of(organisation: OrganisationId) -> frozenset[OrganisationId]:
        found: set[OrganisationId] = set()
        for live in served:
            record = live.journal.record
            roster, here = record.roster, record.identity.node
            peer = roster.peers.get(here)
            if peer is not None and organisation == seat_of(roster, here):
                found |= {each for each in roster.hosted_by(here) if to(each) not in peer.hears}
        return frozenset(found)

    return of


def hosted_at(lives: Iterable[Live]) -> Hosts:
    """Who is written for at one of these nodes, as it is now."""
    served = tuple(lives)

    def hosts(organisation: OrganisationId) -> bool:
        return any(live.journal.record.hosts(organisation) for live in served)

    return hosts


class CountryTakeOvers:
    """Answers from the roster as it is now, and from the last look at the lines."""

    def __init__(
        self, live: Live, register: Register, lookout: Lookout | None, operations: Room
    ) -> None:
        self._live = live
        self._lookout = lookout
        self._names = Names(register)
        self._operations = operations
        self._zone = ZoneInfo(register.country.time_zone)
        self._conflicts = Conflicts(self._record, live.reading)

    @property
    def _record(self) -> Record:
        return self._live.journal.record

    @property
    def _roster(self) -> Roster:
        return self._record.roster

    def owners(self, call: Call) -> list[OwnerNow]:
        """Every organisation that a node hosts or claims."""
        seen = self._seen()
        owners = sorted({grant.owner for grant in self._roster.grants})
        waiting = self._waiting()
        found = [self._owner(call, each, seen, waiting.get(each, 0)) for each in owners]
        return sorted(found, key=lambda each: (each.host is not None and each.host.is_heard,))

    def _owner(
        self, call: Call, owner: OrganisationId, seen: dict[NodeId, Sighting], waiting: int
    ) -> OwnerNow:
        roster, here = self._roster, self._record.identity.node
        host = roster.host_of(owner)
        grants = [grant for grant in roster.grants if grant.owner == owner]
        before = sorted({grant.node for grant in grants} - ({host} if host else set()))
        hosts_it = host == here
        return OwnerNow(
            id=owner,
            name=self.organisation(call, owner),
            epoch=max(grant.epoch for grant in grants),
            host=None if host is None else self._host(call, host, seen),
            claims=tuple(self._host(call, grant.node, seen) for grant in roster.claims_to(owner)),
            stand_ins=tuple(
                self._host(call, each.node, seen) for each in roster.stand_ins.get(owner, ())
            ),
            before=tuple(self._host(call, node, seen) for node in before),
            may_take_over=host is not None and not hosts_it and may_take_over(roster, here, owner),
            may_settle_claim=sees_to(roster, here, owner),
            may_name=hosts_it or sees_to(roster, here, owner),
            is_home=any((grant.node, grant.epoch) == (host, 1) for grant in grants),
            waiting_keys=waiting,
        )

    def _waiting(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self._live.reading.rows(SHARED, {"waits": 1}):
            owner = str(row["key"]).partition("/")[0]
            found[owner] = found.get(owner, 0) + 1
        return found

    def _seen(self) -> dict[NodeId, Sighting]:
        look = None if self._lookout is None else self._lookout.look()
        return {} if look is None else {each.seen.node: each for each in look.sightings}

    def _host(self, call: Call, node: NodeId, seen: dict[NodeId, Sighting]) -> HostNow:
        sighting, name = seen.get(node), self.node(call, node)
        if node == self._record.identity.node:
            return HostNow(node=node, name=name, state="here")
        if sighting is None:
            return HostNow(node=node, name=name, state="never")
        return HostNow(
            node=node,
            name=name,
            state=sighting.seen.state,
            heard_at=sighting.heard_at,
            behind_count=sighting.seen.behind,
        )

    def nodes(self, call: Call) -> list[HostNow]:
        """All nodes."""
        seen = self._seen()
        return [self._host(call, node, seen) for node in sorted(self._roster.peers)]

    def conflicts(self, call: Call) -> list[Conflict]:
        """Those of which the caller may read every course: the owner's, and what all may know."""
        return [each for each in self._conflicts.all() if self._may_read(call, each)]

    def _may_read(self, call: Call, conflict: Conflict) -> bool:
        query = self._live.query
        read = {
            item.fact.id for item in query.history(call.reader, conflict.owner, conflict.subject)
        }
        return read.issuperset(conflict.weighed)

    def unsettled(self) -> list[Conflict]:
        """Every subject of which several nodes have told, and that nobody has weighed."""
        return self._conflicts.all()

    async def said(
        self, call: Call, desk: Desk, owner: OrganisationId, subject: Subject
    ) -> dict[str, SaidOf]:
        """The facts about a subject, as the log of operations says them."""
        words = Words(call, self._operations, on_paper=True)
        lines = await story(desk, call, words, subject, [owner])
        return {
            line.id: SaidOf(
                says=line.says,
                by=f"{words.function(line.by)}, {words.organisation(line.organisation)}",
                texts=tuple(
                    (call.say(f"operations.text.{name}"), text) for name, text in line.texts.items()
                ),
            )
            for line in lines
        }

    def about(self, call: Call, subject: Subject) -> str:
        """An incident by its type and place, a unit by its call sign; else the subject itself."""
        words, room = Words(call, self._operations), self._operations
        sort, _, name = subject.partition(":")
        if sort == "unit":
            return words.unit(name)
        found = sort == "incident" and incident(self._live.query, call.reader, room.types, name)
        if not found:
            return subject
        return ", ".join(
            filter(None, (words.type(found.type), words.municipality(found.municipality)))
        )

    def here(self, call: Call) -> str:
        """What this node is called."""
        return self.node(call, self._record.identity.node)

    def seat(self, call: Call) -> OrganisationId:
        """The organisation by which this node speaks."""
        own = call.actor.organisation
        if self._record.hosts(own):
            return own
        return seat_of(self._roster, self._record.identity.node) or own

    def organisation(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._names.of(OrganisationId(organisation), call.now.date())

    def node(self, call: Call, node: str) -> str:
        """What a node is called: by what it was there for first, also when it has more by now."""
        first = sorted(
            grant.owner for grant in self._roster.grants if (grant.node, grant.epoch) == (node, 1)
        )
        return self._names.of_node(NodeId(node), tuple(first), call.now.date())

    def function(self, call: Call, function: str) -> str:
        """What a function is called."""
        return Words(call, self._operations).function(function)

    def instant(self, call: Call, at: datetime) -> str:
        """An instant in the country's time, in the caller's language."""
        return Words(call, self._operations, on_paper=True).instant(at)

    def local(self, typed: str) -> datetime | None:
        """The instant that somebody typed in the country's time."""
        try:
            at = datetime.fromisoformat(typed)
        except ValueError:
            return None
        return at.replace(tzinfo=self._zone) if at.tzinfo is None else at
