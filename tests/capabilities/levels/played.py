# SPDX-License-Identifier: Apache-2.0
"""Denmark on three nodes, each with a gate of its own: a nation, a north and a middle."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from bavn.capabilities.levels.capability import LEVELS_CAPABILITY
from bavn.capabilities.levels.decisions import (
    AgreeProcedure,
    EndProcedure,
    ProposeProcedure,
    SetLevel,
)
from bavn.capabilities.levels.facts import Moved
from bavn.capabilities.levels.model import Procedure
from bavn.capabilities.levels.views.room import SET, Room
from bavn.frame.call import Call
from bavn.journal.catalogue import Catalogue, Part, catalogue_of
from bavn.journal.decision import Context, Decision, Outcome, Request
from bavn.journal.fact import Draft
from bavn.journal.reader import Reader
from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.kernel.audience import area, to
from bavn.kernel.identity import NodeId, OrganisationId, Subject
from bavn.kernel.mandate import Actor, Allowed, May, Resource
from bavn.kernel.refusal import Refused
from bavn.node import mandates
from bavn.node.levelling import CountryLevels, ToldConditions
from bavn.runtime.countries import built_in
from bavn.runtime.mandates import Gate
from tests.lilleland.nodes import EAST, NATION, WEST, Clock, Node, Settings, key_of
from tests.runtime.mandates.denmark import CATALOGUE, book

ZONE = ZoneInfo("Europe/Copenhagen")
NJB, NVJB, NORTH = map(OrganisationId, ("njb", "nvjb", "nordjylland"))
OSTBV, MIDDLE, AGENCY = map(OrganisationId, ("ostbv", "midtjylland", "brs"))
HOSTS = {NJB: EAST, NORTH: EAST, NVJB: WEST, OSTBV: WEST, MIDDLE: WEST, AGENCY: NATION}
AREA_OF = {NJB: NORTH, NORTH: NORTH, NVJB: MIDDLE, OSTBV: MIDDLE, MIDDLE: MIDDLE, AGENCY: AGENCY}
LEADER = {NORTH: "area_duty_leader", MIDDLE: "area_duty_leader", AGENCY: "national_duty_officer"}
# Saturday before the clocks are put back.
START = datetime(2026, 10, 24, 12, tzinfo=UTC)
CHIEF = Actor(organisation=AGENCY, function="national_chief")
COUNTRY = built_in("denmark")
PARTS = catalogue_of([LEVELS_CAPABILITY.part])
# By each law: for what is asked without a record.
GATES = {law: mandates.gate(COUNTRY, book(), CATALOGUE, law) for law in ("today", "proposed")}
REDISTRIBUTE = "reinforcement.redistribute"


def code_of(outcome: object) -> str:
    """Why it was refused."""
    assert isinstance(outcome, Refused), outcome
    return outcome.code


def telling(body: msgspec.Struct, about: str) -> Catalogue:
    """What a node decides that tells just this, whatever it is asked for."""

    def decide(_state: object, request: SetLevel, context: Context) -> list[Draft]:
        subject = (Subject(about),)
        return [Draft(body=body, about=subject, happened_at=context.now, area=request.area)]

    part = LEVELS_CAPABILITY.part
    hostile = Decision(act=SET, request=SetLevel, load=lambda *_: None, decide=decide)
    return catalogue_of([Part(kinds=part.kinds, views=part.views, decisions=(hostile,))])


def roster() -> Roster:
    """All nodes, whom they host, and what they hear."""
    peers = [
        Peer(
            node=node,
            key=key_of(node).verify_key.encode(),
            hears=frozenset(
                {to(each) for each, host in HOSTS.items() if host == node}
                | {area(AREA_OF[each]) for each, host in HOSTS.items() if host == node}
            ),
        )
        for node in (NATION, EAST, WEST)
    ]
    return roster_of(peers, (Grant(owner=o, node=n, epoch=1) for o, n in HOSTS.items()))


class Names:
    """Called by their ids, and at home in the country's own time."""

    zone = ZONE


class Levels(CountryLevels):
    """The real connection, with plain names."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate, None, Names())  # type: ignore[arg-type]

    def name_of(self, _call: Call, organisation: str) -> str:
        """Its id."""
        return organisation


class Place:
    """One node: its record, its gate, and how things stand by what it has heard."""

    def __init__(
        self, name: NodeId, clock: Clock, law: str, may: May | None, parts: Catalogue
    ) -> None:
        self.gate = mandates.gate(COUNTRY, book(), CATALOGUE, law)
        settings = Settings(
            catalogue=parts, clock=clock, roster=roster(), may=self.gate if may is None else may
        )
        self.node = Node(name, settings=settings)
        self.room = Room(self.node.journal.query, Levels(self.gate))
        self.conditions = ToldConditions(self.room, self.gate)
        self.gate.conditions = self.conditions


class Played:
    """A country that plays by a law; `mays` are the gates of nodes that ask another.

    And `parts` what nodes decide that run another program.
    """

    def __init__(
        self,
        law: str = "proposed",
        mays: dict[NodeId, May] | None = None,
        parts: dict[NodeId, Catalogue] | None = None,
    ) -> None:
        self.clock = Clock(START)
        self.places = {
            name: Place(
                name, self.clock, law, (mays or {}).get(name), (parts or {}).get(name, PARTS)
            )
            for name in (NATION, EAST, WEST)
        }

    def ask(
        self, owner: OrganisationId, content: msgspec.Struct, actor: Actor | None = None
    ) -> Outcome:
        """What comes of a request of whoever leads the watch, told to all."""
        node = self.places[HOSTS[owner]].node
        by = actor or Actor(organisation=owner, function=LEADER.get(owner, "duty_officer"))
        outcome = node.ask(Request(owner=owner, actor=by, content=content))
        self.hear()
        return outcome

    def hear(self) -> None:
        """Let all hear all."""
        nodes = [each.node for each in self.places.values()]
        for each in nodes:
            each.hear(*(other for other in nodes if other is not each))
        for place in self.places.values():
            place.conditions.read()

    def sets(self, owner: OrganisationId, level: int, actor: Actor | None = None) -> Outcome:
        """What comes of setting a level."""
        return self.ask(owner, SetLevel(area=AREA_OF[owner], level=level, reason="weather"), actor)

    def level(self, owner: OrganisationId, at: datetime | None = None) -> set[int]:
        """The level of an organisation, as each node has it."""
        instant = at or self.clock()
        return {each.conditions.level_of(owner, instant) for each in self.places.values()}

    def may(
        self, actor: Actor, act: str, owner: OrganisationId, at: datetime | None = None
    ) -> set[bool]:
        """Whether the nodes' gates let somebody do something."""
        resource, instant = Resource(owner=owner), at or self.clock()
        return {
            isinstance(each.gate(actor, act, resource, instant), Allowed)
            for each in self.places.values()
        }

    def moves(self, at: datetime | None = None) -> set[bool]:
        """Whether the north's centre may move what is njb's."""
        centre = Actor(organisation=NORTH, function="area_duty_leader")
        return self.may(centre, REDISTRIBUTE, NJB, at)

    def propose(self, owner: OrganisationId = NORTH, **more: object) -> Outcome:
        """What comes of proposing a procedure."""
        wish = ProposeProcedure(
            area=AREA_OF[owner],
            services=(NJB,),
            moved=(Moved("ASP", 2),),
            valid_from=date(2026, 10, 24),
            valid_to=date(2026, 10, 26),
        )
        return self.ask(owner, msgspec.structs.replace(wish, **more))

    def procedure(self, node: NodeId = NATION) -> Procedure:
        """The latest procedure."""
        return self.places[node].room.procedures()[0]

    def agree(self, owner: OrganisationId = NJB, **more: object) -> Outcome:
        """What comes of agreeing to it."""
        return self._say(AgreeProcedure, owner, more)

    def end(self, owner: OrganisationId = NJB, **more: object) -> Outcome:
        """What comes of ending it."""
        return self._say(EndProcedure, owner, more)

    def _say(
        self,
        sort: Callable[..., msgspec.Struct],
        owner: OrganisationId,
        more: dict[str, object],
    ) -> Outcome:
        by = more.pop("actor", None)
        assert by is None or isinstance(by, Actor)
        told = {"of": NORTH, "procedure": self.procedure().id, **more}
        return self.ask(owner, sort(area=AREA_OF[owner], **told), by)

    def call(self, organisation: OrganisationId) -> Call:
        """Somebody of an organisation, asking now."""
        return Call(
            actor=Actor(organisation=organisation, function="duty_officer"),
            organisations=frozenset({organisation}),
            reader=Reader(organisations=frozenset({organisation})),
            sender="x",
            language="da",
            now=self.clock(),
            say=lambda name, **_: name,
        )
