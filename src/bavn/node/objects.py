# SPDX-License-Identifier: Apache-2.0
"""What objects ask of the house; and cards told on to those who are assigned to an incident."""

import asyncio
from collections.abc import Sequence
from datetime import tzinfo

import msgspec

from bavn.capabilities.dispatch.facts import UNITS_ORDERED
from bavn.capabilities.dispatch.views import ORDERS
from bavn.capabilities.objects.facts import INCIDENT_AT_OBJECT
from bavn.capabilities.objects.model.card import Card, Told
from bavn.capabilities.objects.model.requests import ShareCard, sealed_text
from bavn.capabilities.objects.ports import AtIncident, Named, Surroundings
from bavn.capabilities.objects.views import INCIDENT_OBJECTS, SHARED_CARDS
from bavn.capabilities.objects.views.looking import ObjectHere, one
from bavn.capabilities.operations.facts import UNIT_STATUS_CHANGED
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.model.unit import ON_TASK
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import incident, the_incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.tables import UNIT_PICTURE
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.country import Bounds
from bavn.journal.decision import Done, Request
from bavn.journal.fact import Fact
from bavn.journal.reaction import MACHINE
from bavn.journal.reader import NOBODY, Query, Reader
from bavn.journal.table import Value
from bavn.kernel.audience import to
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Circumstances, Resource
from bavn.kernel.private import Private
from bavn.node.connections import Names
from bavn.runtime import clock
from bavn.runtime.live import Live
from bavn.runtime.log import log, log_error

INCIDENT, UNIT = "incident:", "unit:"
SENDER = "objects"
OPEN_CARD = "objects.open_card"
# What may make somebody assigned, or an incident one at an object.
TELLING = frozenset({UNITS_ORDERED.name, UNIT_STATUS_CHANGED.name, INCIDENT_AT_OBJECT.name})


class CountrySurroundings:
    """All that objects are connected with."""

    def __init__(self, live: Live, register: Register, operations: Room) -> None:
        self._live = live
        self._register = register
        self._operations = operations
        self._names = Names(register)
        self._municipalities = tuple(
            Named(code=each.code, name=each.name) for each in register.country.municipalities
        )

    @property
    def query(self) -> Query:
        """The way to what is on record."""
        return self._live.query

    @property
    def hosted(self) -> Reader:
        """A reader of all that this node hosts."""
        record = self._live.journal.record
        return Reader(organisations=frozenset(record.roster.hosted_by(record.identity.node)))

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    @property
    def bounds(self) -> Bounds:
        """What the country lies between."""
        return self._register.country.bounds

    @property
    def municipalities(self) -> Sequence[Named]:
        """All municipalities."""
        return self._municipalities

    def incident(self, call: Call, incident: str) -> AtIncident:
        """An incident; ends the handler when there is none."""
        found = the_incident(self._live.query, call.reader, self._operations.types, incident)
        exact = found.place if found.place_exact and found.place_by is None else None
        return AtIncident(
            id=found.id,
            service=found.service,
            is_open=found.state is IncidentState.OPEN,
            lat=None if exact is None else exact.lat,
            lon=None if exact is None else exact.lon,
        )

    def assigned(self, incident: str) -> frozenset[OrganisationId]:
        """Whose units are ordered to an incident or at it, and the area that is told of it."""
        query, now = self._live.query, clock.now()
        orders = query.rows(NOBODY, ORDERS, {"incident": incident})
        units = {str(each["subject"]) for each in orders if each["stood_down_at_ms"] is None}
        said = query.rows(NOBODY, UNIT_PICTURE, {"incident": incident})
        units |= {str(each["subject"]) for each in said if each["status"] in ON_TASK}
        day = self._register.on(self._register.today(now))
        known = (day.units.get(each.removeprefix(UNIT)) for each in units)
        found = {each.service for each in known if each is not None}
        area = self._area(incident)
        return frozenset(found if area is None else {*found, area})

    def _area(self, name: str) -> OrganisationId | None:
        found = incident(self._live.query, NOBODY, self._operations.types, name)
        if found is None:
            return None
        territory, on = self._operations.territory, clock.now().date()
        return area_told(territory, found.service, found.area, on)

    def may_open(self, call: Call, owner: OrganisationId, *, assigned: bool = False) -> bool:
        """True when the caller may open a service's cards, as it is or as one sent there."""
        resource = Resource(owner=owner, circumstances=Circumstances(assigned=assigned))
        answer = self._live.may(call.acting_for(owner), OPEN_CARD, resource, call.now)
        return isinstance(answer, Allowed)

    def organisation(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._names.of(OrganisationId(organisation), call.now.date())

    def function(self, call: Call, function: str) -> str:
        """What a function is called."""
        known = self._operations.functions.get(function)
        if known is None:
            return function
        return known.danish if call.language == "da" else known.english


class CardSharing:
    """Tells cards on to those who are assigned: looks at how things stand, not at what happened.

    So nothing is lost by a crash in between, and nothing is told twice: at the start, and whenever
    somebody is ordered somewhere, each open incident at an object is looked at, and who is assigned
    and has not been told is told.
    """

    def __init__(self, live: Live, around: Surroundings) -> None:
        self._live = live
        self._around = around
        # Incidents to look at; None stands for all of them.
        self._due: set[str] | None = None
        self._working: asyncio.Task[None] | None = None
        self._is_stopped = False
        live.watch(self._heard)
        live.after_news(self._begin)
        self._begin()

    def stop(self) -> None:
        """Tell nothing more, as if the program had ended."""
        self._is_stopped = True

    def _heard(self, fact: Fact) -> None:
        if fact.kind in TELLING and self._due is not None:
            self._due |= {
                each.removeprefix(INCIDENT) for each in fact.about if each.startswith(INCIDENT)
            }

    def _begin(self) -> None:
        is_working = self._working is not None and not self._working.done()
        if self._due != set() and not is_working and not self._is_stopped:
            self._working = asyncio.get_running_loop().create_task(self._work(), name="cards")

    async def _work(self) -> None:
        try:
            while self._due is None or self._due:
                due, self._due = self._due, set()
                await self.look(due)
        except Exception as error:  # noqa: BLE001 - tried again with the next news, and a person is told
            self._due = None
            log_error("objects.sharing_failed", error)

    async def look(self, due: set[str] | None = None) -> None:
        """Tell on what is to be told of these incidents; of all when none are named."""
        query, reader = self._live.query, self._around.hosted
        subjects = [None] if due is None else [f"{INCIDENT}{each}" for each in due]
        for subject in subjects:
            where: dict[str, Value] = {"is_open": 1}
            if subject is not None:
                where["subject"] = subject
            for row in query.rows(reader, INCIDENT_OBJECTS, where):
                name = str(row["subject"]).removeprefix(INCIDENT)
                here = one(query, reader, str(row["owner"]), str(row["object"]))
                if here is not None:
                    await self._share(name, here, str(row["last_fact"]))

    async def _share(self, name: str, here: ObjectHere, linked: str) -> None:
        told_to = {
            str(each["audience"])
            for each in self._live.query.rows(
                self._around.hosted, SHARED_CARDS, {"subject": f"{INCIDENT}{name}"}
            )
            if each["owner"] == here.owner and each["object"] == here.id
        }
        others = self._around.assigned(name) - {here.owner}
        new = sorted(each for each in others if to(each) not in told_to)
        if not new:
            return
        told = Told(described=here.described, card=await self._card(here))
        for organisation in new:
            content = ShareCard(
                incident=name, object=here.id, to=organisation, card=sealed_text(told)
            )
            outcome = await self._live.write(
                Request(
                    owner=here.owner,
                    actor=Actor(organisation=here.owner, function=MACHINE),
                    content=content,
                    sender=SENDER,
                    # Once for each link: what a card says later is not told again.
                    ref=f"share-{linked}-{organisation}",
                )
            )
            if not isinstance(outcome, Done):
                log("objects.not_shared", incident=name, object=here.id, to=organisation)

    async def _card(self, here: ObjectHere) -> Card:
        if here.sealed is None:
            return Card()
        reader = Reader(organisations=frozenset({here.owner}), personal=True)
        found = await self._live.reveal(reader, here.owner, here.sealed)
        if not isinstance(found, Private):
            return Card()
        return msgspec.json.decode(found.reveal(), type=Card)
