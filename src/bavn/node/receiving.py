# SPDX-License-Identifier: Apache-2.0
"""What receiving asks of the house: incidents, objects, proposals, orders, and its other nodes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any
from weakref import WeakValueDictionary

from bavn.capabilities.dispatch.decisions import asking as ordering
from bavn.capabilities.dispatch.views import ORDERS
from bavn.capabilities.dispatch.views.room import Room as DispatchRoom
from bavn.capabilities.objects.decisions import asking as linking
from bavn.capabilities.objects.model.card import number_of
from bavn.capabilities.objects.model.requests import LinkObject
from bavn.capabilities.objects.ports import Surroundings
from bavn.capabilities.objects.views.cards import at_incident
from bavn.capabilities.objects.views.looking import ObjectHere, by_address, by_number
from bavn.capabilities.objects.views.room import Room as ObjectsRoom
from bavn.capabilities.operations.decisions import asking as reporting
from bavn.capabilities.operations.views.room import Room as OperationsRoom
from bavn.capabilities.operations.views.tables import UNIT_PICTURE
from bavn.capabilities.organisation.views.register import Register
from bavn.capabilities.receiving.model.alarm import LinkedBy, Said
from bavn.capabilities.receiving.model.rule import Offered
from bavn.capabilities.receiving.ports import (
    Around,
    AtObject,
    FoundPlace,
    KnownType,
    Proposed,
    Reported,
)
from bavn.capabilities.receiving.views.looking import Room
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.journal.reaction import MACHINE
from bavn.journal.reader import NOBODY, Query, Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.objects import CardSharing, CountrySurroundings
from bavn.runtime.house import HouseDesk, Served
from bavn.runtime.live import Live
from bavn.runtime.log import log, log_error

SENDER = "receiving"
REPEAT_DIFFERS = "repeat_differs"


class Turns:
    """Has the same alarm looked at once at a time, by whatever node of the process it comes."""

    def __init__(self) -> None:
        # Held by those who wait or work; the last to go takes it away.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, keys: Sequence[str]) -> AsyncIterator[None]:
        """Wait for whoever has one of these keys; asked for in order, nobody waits in a ring."""
        held = [self._locks.setdefault(key, asyncio.Lock()) for key in sorted(set(keys))]
        async with AsyncExitStack() as stack:
            for lock in held:
                await stack.enter_async_context(lock)
            yield


TURNS = Turns()


@dataclass(frozen=True, kw_only=True)
class CountryReceiving:
    """All that receiving is connected with at one node."""

    live: Live
    register: Register
    operations: OperationsRoom
    dispatch: DispatchRoom
    objects: Surroundings

    @property
    def query(self) -> Query:
        """The way to what is on record."""
        return self.live.query

    @property
    def hosted(self) -> Reader:
        """A reader of all that this node hosts."""
        return self.objects.hosted

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self.operations.zone

    # The nodes of this process

    def nodes(self, desk: Desk) -> Sequence[tuple[Around, Desk]]:
        """Every node that this process serves, this one first."""
        others = [each for each in _served(desk) if each.live is not self.live]
        return [(self, desk), *((each.given["receiving"].around, each.live) for each in others)]

    def at(self, desk: Desk, owner: OrganisationId) -> tuple[Around, Desk]:
        """The node of this process that hosts an organisation; this one where none does."""
        if not self.live.journal.record.hosts(owner):
            for each in _served(desk):
                if each.live.journal.record.hosts(owner):
                    return each.given["receiving"].around, each.live
        return self, desk

    @asynccontextmanager
    async def turn(self, keys: Sequence[str]) -> AsyncIterator[None]:
        """Have the same alarm looked at once at a time."""
        async with TURNS.turn(keys):
            yield

    # Objects and places

    def number(self, text: str) -> str | None:
        """An alarm number in the form in which numbers are compared."""
        return number_of(text)

    def by_number(self, number: str) -> list[AtObject]:
        """The objects here that a number names."""
        return list(map(_at, by_number(self.query, self.hosted, number)))

    def by_address(self, address: str) -> list[AtObject]:
        """The objects here at an address."""
        return list(map(_at, by_address(self.query, self.hosted, address)))

    def place_of(self, address: str) -> FoundPlace | None:
        """Where an address is, when a register knows just that house."""
        found = [each for each in self.operations.addresses.find(address) if each.exact]
        if len(found) != 1 or found[0].number_unknown:
            return None
        return FoundPlace(lat=found[0].lat, lon=found[0].lon, municipality=found[0].municipality)

    async def link(self, desk: Desk, call: Call, incident: str, at: AtObject, by: LinkedBy) -> None:
        """Have it kept that an incident is at an object of its owner's."""
        content = LinkObject(incident=incident, object=at.id, by=by.value)
        await linking.link(desk, call, at.service, content, f"link-{incident}")

    async def card(self, desk: Desk, call: Call, incident: str) -> Any:
        """The card of what an incident is at, as far as the caller may have it."""
        return await at_incident(desk, call, self.objects, incident)

    # Incidents and orders

    async def report(
        self, desk: Desk, call: Call, type_: str | None, said: Said, ref: str | None
    ) -> Reported:
        """Have the incident be on the board; what was reported under the number before is it."""
        alarm = reporting.Alarm(
            incident_type=type_,
            lat=said.lat,
            lon=said.lon,
            municipality=said.municipality,
            service=said.service,
            urgency=said.urgency,
            address=said.address,
            callback=said.callback,
            text=said.text,
            occurred_at=said.occurred_at,
        )
        try:
            done = await reporting.report(desk, call, self.operations.territory, alarm, ref)
        except Refusal as refusal:
            before = self._reported_before(desk, refusal)
            if before is None:
                raise
            return before
        return Reported(
            incident=done.id, service=done.service, area=done.area, owner_by=done.by.value
        )

    def _reported_before(self, desk: Desk, refusal: Refusal) -> Reported | None:
        """The incident of a number whose object has changed since: an alarm is never refused."""
        if refusal.refused.code != REPEAT_DIFFERS:
            return None
        fact = refusal.refused.values.get("facts", "").partition(" ")[0]
        for _, each in self.nodes(desk):
            item = each.query.item(NOBODY, fact)
            if item is not None:
                incident = item.fact.about[0].partition(":")[2]
                return Reported(incident=incident, service=item.fact.owner)
        return None

    def propose(self, call: Call, incident: str) -> Proposed:
        """What is proposed; ends the handler where nobody knows where or what it is."""
        goal = self.dispatch.around.goal(call, incident)
        found = self.dispatch.propose(call, self.query, goal)
        return Proposed(
            offered=Offered(
                units=tuple(each.id for each in found.units),
                whole=found.adequate,
                exact=found.ground.place_exact,
                all_own=all(each.service == goal.service for each in found.units),
                all_heard=all(each.is_heard for each in found.units),
                ordered_already=self.is_ordered(incident),
            ),
            proposal=found,
        )

    async def order(
        self, desk: Desk, call: Call, incident: str, units: Sequence[str], ref: str
    ) -> None:
        """Have units sent, once under this number whatever it is repeated with."""
        goal, chosen = self.dispatch.around.goal(call, incident), tuple(units)
        try:
            await ordering.order(
                desk,
                call,
                goal,
                units=chosen,
                proposed=chosen,
                unregistered=self.dispatch.unregistered(call, chosen),
                reason=Private(""),
                ref=ref,
            )
        except Refusal as refusal:
            # Others were sent under this number before: nobody is called a second time.
            if refusal.refused.code != REPEAT_DIFFERS:
                raise

    def machine(self, call: Call, owner: OrganisationId) -> Call:
        """The service's own machine, which acts where a rule says so."""
        return replace(
            call,
            actor=Actor(organisation=owner, function=MACHINE),
            organisations=frozenset({owner}),
            reader=Reader(organisations=frozenset({owner})),
            sender=SENDER,
            name=SENDER,
            account="",
            csrf="",
            is_person=False,
        )

    def failed(self, what: str, error: Exception) -> None:
        """Have it logged that something beside an alarm has broken, or was refused."""
        if isinstance(error, Refusal):
            log(what, code=error.refused.code)
        else:
            log_error(what, error)

    def is_ordered(self, incident: str) -> bool:
        """True when somebody has been sent to an incident, or has said that it is at it."""
        where = {"incident": incident}
        return bool(
            self.query.rows(NOBODY, ORDERS, where) or self.query.rows(NOBODY, UNIT_PICTURE, where)
        )

    # Words

    def types(self, call: Call) -> Sequence[KnownType]:
        """The country's types of incident, in the caller's language."""
        return [
            KnownType(code=each.code, name=each.danish if call.language == "da" else each.english)
            for each in self.operations.types.types
        ]

    def is_type(self, code: str) -> bool:
        """True for a type of the country's."""
        return self.operations.types.type_of(code) is not None

    def organisation(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self.objects.organisation(call, organisation)

    def function(self, call: Call, function: str) -> str:
        """What a function is called."""
        return self.objects.function(call, function)

    def callsign(self, unit: str, at: datetime) -> str:
        """What a unit is called."""
        found = self.dispatch.around.fleet(self.today(at)).by_id.get(unit)
        return unit if found is None else found.callsign

    def today(self, now: datetime) -> date:
        """The day that it is in the country."""
        return self.register.today(now)


def coded_alarms_of(
    live: Live, register: Register, operations: OperationsRoom, dispatch: DispatchRoom
) -> dict[str, Any]:
    """The rooms of coded alarms and of the objects that they are at, by their names."""
    objects = ObjectsRoom(around=CountrySurroundings(live, register, operations))
    around = CountryReceiving(
        live=live,
        register=register,
        operations=operations,
        dispatch=dispatch,
        objects=objects.around,
    )
    return {
        "receiving": Room(around=around),
        "objects": objects,
        "card_sharing": CardSharing(live, objects.around),
    }


def _served(desk: Desk) -> Sequence[Served]:
    """The nodes of the house that a desk stands in; none where it stands alone."""
    if isinstance(desk, HouseDesk) and desk.house is not None:
        return desk.house.nodes
    return ()


def _at(here: ObjectHere) -> AtObject:
    said = here.described
    return AtObject(
        service=here.owner,
        id=here.id,
        name=said.name,
        address=said.address,
        municipality=said.municipality,
        lat=said.lat,
        lon=said.lon,
    )
