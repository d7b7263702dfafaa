# SPDX-License-Identifier: Apache-2.0
"""What is seen of other nodes, in the country's words: for the page, and for who shows the picture.

Connections and situation declare these as ports; the runtime's lookout answers them.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bavn.capabilities.connections.model.nodes import (
    Condition,
    ConnectionsNow,
    Hosted,
    LineNow,
    NodeNow,
    Noticed,
    NotUnderstood,
    condition_of,
    worst_first,
)
from bavn.capabilities.organisation.views.register import Register
from bavn.capabilities.situation.ports import CatchingUp, Silence, SilencesNow
from bavn.frame.call import Call
from bavn.journal.settle import mark_of
from bavn.journal.store import Store
from bavn.journal.table import Row
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.instants import instant_of
from bavn.runtime.live import Live
from bavn.runtime.peers.lookout import Look, Lookout, Sighting
from bavn.runtime.peers.noticed import Aside, aside, unsettled
from bavn.runtime.program import VERSION

NOBODY_SILENT = SilencesNow(mark="", silent=(), catching_up=())


class CountryConnections:
    """Who sees the other nodes: asked by pages, answered from the last look."""

    def __init__(self, live: Live, register: Register, lookout: Lookout | None) -> None:
        self._live = live
        self._lookout = lookout
        self._names = Names(register)
        self._zone = ZoneInfo(register.country.time_zone)
        # What the record holds against others, as it was at a position.
        self._aside: tuple[int, Aside] = (-1, Aside({}, {}))

    def now(self, call: Call) -> ConnectionsNow:
        """All that is known of the connections of this node."""
        look = None if self._lookout is None else self._lookout.look()
        record, on = self._live.journal.record, call.now.date()
        here = record.identity.node
        sightings = () if look is None else look.sightings
        nodes = [self._node(each, on) for each in sightings] or [self._alone(on)]
        store = self._live.reading
        aside_now = self._aside_now(store)
        return ConnectionsNow(
            at=call.now if look is None else look.at,
            node=here,
            is_alone=set(record.roster.peers) <= {here},
            exchanges=look is not None,
            nodes=tuple(worst_first(nodes)),
            lines=_lines_of(look),
            noticed=tuple(map(_noticed, unsettled(store))),
            not_understood=self._unread(aside_now, on),
            set_aside=aside_now.counts,
        )

    def instant(self, call: Call, at: datetime) -> str:
        """An instant in the country's time, with its day and year."""
        here = at.astimezone(self._zone)
        month = call.say(f"operations.month.{here.month}")
        day = call.say("operations.day", day=here.day, month=month)
        return f"{day} {here.year} {here:%H:%M:%S}"

    def _node(self, each: Sighting, on: date) -> NodeNow:
        seen = each.seen
        condition = condition_of(
            seen.state,
            stopped=bool(seen.stopped),
            behind_count=seen.behind,
            behind_s=seen.behind_s,
            waiting_count=seen.waiting,
            is_catching_up=each.is_catching_up,
            skew_ms=seen.skew_ms,
        )
        return NodeNow(
            id=seen.node,
            name=self._names.of_node(seen.node, seen.hosts, on),
            hosts=self._hosted(seen.hosts, on),
            state=seen.state,
            condition=condition,
            heard_at=each.heard_at,
            way=seen.way,
            told_by=None if seen.by is None else self._name_of(seen.by, on),
            behind_count=seen.behind,
            behind_s=seen.behind_s,
            is_catching_up=each.is_catching_up,
            unheard_count=seen.unheard,
            waiting_count=seen.waiting,
            stopped=seen.stopped,
            skew_ms=seen.skew_ms,
            version=seen.version,
            incarnation=seen.incarnation,
        )

    def _alone(self, on: date) -> NodeNow:
        """This node, where it looks at no other."""
        record = self._live.journal.record
        node = record.identity.node
        hosts = record.roster.hosted_by(node)
        return NodeNow(
            id=node,
            name=self._names.of_node(node, hosts, on),
            hosts=self._hosted(hosts, on),
            state="here",
            condition=Condition.HERE,
            heard_at=None,
            way="",
            told_by=None,
            behind_count=0,
            behind_s=None,
            is_catching_up=False,
            unheard_count=None,
            waiting_count=0,
            stopped=(),
            skew_ms=None,
            version=VERSION,
            incarnation=record.incarnation,
        )

    def _hosted(self, hosts: tuple[OrganisationId, ...], on: date) -> tuple[Hosted, ...]:
        return tuple(Hosted(id=each, name=self._names.of(each, on)) for each in hosts)

    def _name_of(self, node: NodeId, on: date) -> str:
        return self._names.of_node(node, self._live.journal.record.roster.hosted_by(node), on)

    def _aside_now(self, store: Store) -> Aside:
        position = self._live.position
        if self._aside[0] != position:
            self._aside = (position, aside(store))
        return self._aside[1]

    def _unread(self, found: Aside, on: date) -> tuple[NotUnderstood, ...]:
        return tuple(
            NotUnderstood(
                kind=each.kind,
                version=each.version,
                node=each.node,
                node_name=self._name_of(each.node, on),
                count=count,
            )
            for each, count in sorted(found.unread.items())
        )


class CountrySilences:
    """Who knows of whom nothing is known now: asked for each picture."""

    def __init__(self, register: Register, lookout: Lookout | None) -> None:
        self._lookout = lookout
        self._names = Names(register)
        self._zone = ZoneInfo(register.country.time_zone)

    def mark(self) -> str:
        """What differs whenever a silence begins or ends, or what is being fetched changes."""
        return "" if self._lookout is None else self._lookout.look().mark

    def now(self, call: Call) -> SilencesNow:
        """Who is silent, since when, and from whom much is being fetched."""
        if self._lookout is None:
            return NOBODY_SILENT
        look, on = self._lookout.look(), call.now.date()
        return SilencesNow(
            mark=look.mark,
            silent=tuple(
                Silence(
                    node=each.seen.node,
                    name=self._names.of_node(each.seen.node, each.seen.hosts, on),
                    owners=each.seen.hosts,
                    since=self._local(each.heard_at),
                )
                for each in look.sightings
                if each.is_silent and each.seen.hosts
            ),
            catching_up=tuple(
                CatchingUp(
                    name=self._names.of_node(each.seen.node, each.seen.hosts, on),
                    count=each.seen.behind,
                )
                for each in look.sightings
                if each.is_catching_up
            ),
        )

    def _local(self, at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(self._zone)


class Names:
    """What nodes and organisations are called.

    A node may show others before it has heard what its country is told to be: then the country's
    own tables name them.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        country = register.country
        self._areas = {each.id: each.name for each in country.areas}
        # Whom services are to become is hosted by somebody before the day of it.
        self._known = {each.into: each.name for each in country.planned_changes}
        self._known |= self._areas | {each.id: each.name for each in country.services}
        self._known[country.agency.id] = country.agency.danish

    def of(self, organisation: OrganisationId, on: date) -> str:
        """An organisation's name; its id where nobody knows it."""
        day = self._register.on(on)
        told = day.services.get(organisation) or day.areas.get(organisation)
        return self._known.get(organisation, organisation) if told is None else told.body.name

    def of_node(self, node: NodeId, hosts: tuple[OrganisationId, ...], on: date) -> str:
        """A node is called by what it is there for: the agency, an area, or a single service."""
        areas = self._register.on(on).areas
        above = [each for each in hosts if each == self._register.country.agency.id]
        above += [each for each in hosts if each in areas or each in self._areas]
        if above:
            return self.of(above[0], on)
        return self.of(hosts[0], on) if len(hosts) == 1 else node


def _lines_of(look: Look | None) -> tuple[LineNow, ...]:
    lines = () if look is None else look.lines
    return tuple(LineNow(name=each.name, is_up=each.is_up) for each in lines)


def _noticed(row: Row) -> Noticed:
    sort = str(row["sort"])
    return Noticed(
        mark=mark_of(str(row["id"])),
        sort=sort,
        what=str(row["id"]).removeprefix(f"{sort} "),
        says=str(row["says"]),
        noticed_at=instant_of(int(str(row["noticed_at_ms"]))),
    )
