# SPDX-License-Identifier: Apache-2.0
"""What alerting asks of the house, and the sender: what is queued on record is handed over.

The record is the outbox. What a call-out queues is looked up when its fact is told, and all that
waits when the node starts; what came of it is told as a fact. Nothing here is waited for by anyone
who reports, orders or says where a unit stands.
"""

import asyncio
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

import msgspec

from bavn.capabilities.alerting.model.escalating import Rule
from bavn.capabilities.alerting.model.informing import InformRule
from bavn.capabilities.alerting.model.requests import (
    TOO_OLD,
    NoteFailed,
    NoteHandedOver,
    callout_of,
)
from bavn.capabilities.alerting.ports import ChannelNow, Goal
from bavn.capabilities.alerting.views import ADDRESSES, ALERTS, CALLOUTS
from bavn.capabilities.alerting.views.room import Room as AlertingRoom
from bavn.capabilities.alerting.views.slip import Parts, slip
from bavn.capabilities.dispatch.views.orders import orders_of
from bavn.capabilities.duty.views.room import Room as DutyRoom
from bavn.capabilities.operations.facts import INCIDENT_DESCRIBED, IncidentDescribed
from bavn.capabilities.operations.facts import KINDS as OPERATIONS_KINDS
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.views.incidents import Incident, incident, the_incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.country import Country
from bavn.journal.decision import Done, Request
from bavn.journal.fact import Fact, Sealed
from bavn.journal.kinds import Kinds
from bavn.journal.reaction import MACHINE
from bavn.journal.reader import Reader
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.alerting_rules import alerting_tables
from bavn.node.duty import CountryDuty
from bavn.runtime import clock
from bavn.runtime.alerting.message import Message, NotTaken
from bavn.runtime.alerting.outbox import Outbox, Results
from bavn.runtime.alerting.settings import (
    AlertingSettings,
    ChannelSettings,
    Unusable,
    channel_of,
    read_settings,
)
from bavn.runtime.live import Live
from bavn.runtime.log import log, log_error
from bavn.runtime.texts import DEFAULT_LANGUAGE, Texts

SENDER = "alerting"
QUEUES = frozenset({f"alerting.{each}" for each in ("callout_begun", "callout_escalated")})
NO_ADDRESS, OLD = "no_address", "too_old"
_KINDS = Kinds(OPERATIONS_KINDS)
_DESCRIBED = (INCIDENT_DESCRIBED.name,)
# An address of a function that is whoever has its duty when the alert goes out.
ON_DUTY, NOBODY_ON_DUTY = "@duty", "nobody_on_duty"


def alerting_of(live: Live, country: Country, operations: Room, data: Path) -> dict[str, Any]:
    """The rooms of alerting and of duty, which tells an alert its talk groups."""
    duty = DutyRoom(query=live.query, around=CountryDuty(live, country, operations))
    around = CountryAlerting(live, country, operations, data, duty)
    return {"duty": duty, "alerting": AlertingRoom(query=live.query, around=around)}


class CountryAlerting:
    """All that alerting is connected with."""

    def __init__(
        self, live: Live, country: Country, operations: Room, data: Path, duty: DutyRoom
    ) -> None:
        tables = alerting_tables(country.id)
        self.country_rule: Rule = tables.rule
        self.country_informing: Sequence[InformRule] = tables.informing
        self.shown_after_s = tables.shown_after_s
        self._live = live
        self._operations = operations
        self.fault = ""
        try:
            settings = read_settings(data)
        except Unusable as error:
            # The alarm path goes on without it; the board says so, with sound.
            log_error("alerting.settings_unusable", error)
            settings, self.fault = AlertingSettings(), str(error)
        self.sender = Sender(live, operations, settings, duty)
        live.before_close(self.sender.close)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    @property
    def channels(self) -> Sequence[ChannelNow]:
        """The channels that this node has."""
        return self.sender.channels

    def goal(self, call: Call, incident: str) -> Goal:
        """An incident; ends the handler when there is none."""
        query, types = self._live.query, self._operations.types
        found = the_incident(query, call.reader, types, incident)
        orders = orders_of(call, query, found.id)
        return Goal(
            incident=found.id,
            service=found.service,
            type=found.type,
            unit_count=sum(each.stood_down_at is None for each in orders),
            is_open=found.state is IncidentState.OPEN,
        )

    def callsign(self, unit: str) -> str:
        """What a unit is called."""
        return _callsign(self._operations, unit)

    def function_name(self, call: Call, code: str) -> str:
        """What a function is called in the caller's language."""
        named = self._operations.functions.get(code)
        if named is None:
            return code
        return named.danish if call.language == DEFAULT_LANGUAGE else named.english


class Sender:
    """Hands over what is queued, and tells what came of it."""

    def __init__(
        self, live: Live, operations: Room, settings: AlertingSettings, duty: DutyRoom
    ) -> None:
        self._live = live
        self._operations = operations
        self._settings = settings
        self._duty = duty
        self._owners: dict[str, OrganisationId] = {}
        self._outbox = Outbox(
            self._compose, Results(handed_over=self._handed_over, failed=self._failed)
        )
        for name, each in settings.channel.items():
            try:
                self._outbox.add(name, channel_of(each), each.at_once)
            except Unusable as error:
                log_error("alerting.channel_unusable", error, channel=name)
        live.watch(self._heard)
        for owner in live.journal.record.roster.hosted_by(live.node):
            self._look(owner)

    @property
    def channels(self) -> Sequence[ChannelNow]:
        """The channels of this node, and how much is under way in each."""
        waiting = self._outbox.waiting()
        return [
            ChannelNow(name=name, sort=each.sort, waiting_count=waiting.get(name, 0))
            for name, each in self._settings.channel.items()
        ]

    async def close(self) -> None:
        """Hand over nothing more; what waits is on record."""
        await self._outbox.close()

    def _heard(self, fact: Fact) -> None:
        # Whoever is answered next waits for this: it is looked up afterwards.
        if fact.kind in QUEUES:
            asyncio.get_running_loop().call_soon(self._look, fact.owner)

    def _look(self, owner: OrganisationId) -> None:
        where = {"owner": owner, "state": "queued"}
        for row in self._live.query.rows(_reader(owner), ALERTS, where):
            alert = str(row["alert"])
            self._owners[alert] = owner
            self._outbox.put(alert, str(row["channel"]))

    # What it says

    async def _compose(self, alert: str) -> Message | None:
        owner = self._owners[alert]
        reader, query = _reader(owner), self._live.query
        subject = f"callout:{callout_of(alert)}"
        rows = query.rows(reader, ALERTS, {"owner": owner, "subject": subject})
        row = next((each for each in rows if each["alert"] == alert), None)
        callouts = query.rows(reader, CALLOUTS, {"owner": owner, "subject": subject})
        if row is None or row["state"] != "queued" or not callouts:
            # It has its answer, or is over.
            del self._owners[alert]
            return None
        if clock.now() - instant_of(_whole(row["queued_at_ms"])) > TOO_OLD:
            raise NotTaken(OLD, is_final=True)
        to = await self._address(owner, str(row["address"]))
        settings = self._settings.channel[str(row["channel"])]
        parts = await self._parts(owner, callouts[0], settings)
        said = slip(Texts(settings.language), parts, self._operations.zone)
        return Message(
            id=alert, to=to.reveal(), title=said.title, lines=said.lines, fields=said.fields
        )

    async def _address(self, owner: OrganisationId, id_: str) -> Private:
        where = {"owner": owner, "subject": f"alert_address:{id_}"}
        rows = self._live.query.rows(_reader(owner), ADDRESSES, where)
        if not rows:
            raise NotTaken(NO_ADDRESS, is_final=True)
        sealed = Sealed(sealed=str(rows[0]["sealed"]), key=str(rows[0]["key_name"]))
        found = await self._live.reveal(_reader(owner), owner, sealed)
        if not isinstance(found, Private):
            raise NotTaken(NO_ADDRESS, is_final=True)
        if found.reveal().strip() != ON_DUTY:
            return found
        function = str(rows[0]["target"]).partition(":")[2]
        sealed_number = self._duty.number_on_duty(_call(owner, DEFAULT_LANGUAGE), function)
        number = None
        if sealed_number is not None:
            number = await self._live.reveal(_reader(owner), owner, sealed_number)
        if not isinstance(number, Private):
            raise NotTaken(NOBODY_ON_DUTY, is_final=True)
        return number

    async def _parts(self, owner: OrganisationId, callout: Row, settings: ChannelSettings) -> Parts:
        call = _call(owner, settings.language)
        name, unit = str(callout["incident"]), str(callout["unit"])
        types, query = self._operations.types, self._live.query
        found = incident(query, call.reader, types, name)
        words = Words(call, self._operations)
        is_told = settings.place == "exact"
        lat, lon, is_exact = _place(found, callout, is_told=is_told)
        orders = orders_of(call, query, name)
        link = self._settings.link.rstrip("/")
        return Parts(
            sort=str(callout["sort"]),
            unit=unit,
            callsign=_callsign(self._operations, unit),
            incident=name,
            type="" if found is None else words.type(found.type),
            urgency="" if found is None else words.urgency(found.urgency),
            municipality="" if found is None else words.municipality(found.municipality),
            address=await self._place_name(call, found) if found and is_told else "",
            latitude=lat,
            longitude=lon,
            is_exact=is_exact,
            callsigns=tuple(
                sorted(
                    _callsign(self._operations, each.unit)
                    for each in orders
                    if each.stood_down_at is None
                )
            ),
            groups=tuple(self._duty.talk_groups(call, name)),
            link=f"{link}/incidents/{name}" if link else "",
            ordered_at=instant_of(_whole(callout["begun_at_ms"])),
        )

    async def _place_name(self, call: Call, found: Incident) -> str:
        """The address of the incident, where it is open to whose crew this is; else nothing."""
        subject = f"incident:{found.id}"
        history = self._live.query.history(call.reader, found.service, subject, _DESCRIBED)
        for item in reversed(history):
            body = None if item.struck else _KINDS.read(item.fact)
            if isinstance(body, IncidentDescribed) and body.address is not None:
                text = await self._live.reveal(call.reader, found.service, body.address)
                return text.reveal().strip() if isinstance(text, Private) else ""
        return ""

    # What came of it

    async def _handed_over(self, alert: str, tries: int) -> None:
        await self._tell(alert, NoteHandedOver(alert=alert, attempt_count=tries), "handed")

    async def _failed(self, alert: str, why: str, tries: int) -> None:
        await self._tell(alert, NoteFailed(alert=alert, why=why, attempt_count=tries), "failed")

    async def _tell(self, alert: str, content: msgspec.Struct, what: str) -> None:
        owner = self._owners.pop(alert)
        outcome = await self._live.write(
            Request(
                owner=owner,
                actor=Actor(organisation=owner, function=MACHINE),
                content=content,
                sender=SENDER,
                ref=f"{alert}/{what}",
            )
        )
        if not isinstance(outcome, Done):
            log("alerting.not_noted", alert=alert, what=what)


def _reader(owner: OrganisationId) -> Reader:
    return Reader(organisations=frozenset({owner}), personal=True)


def _call(owner: OrganisationId, language: str) -> Call:
    return Call(
        actor=Actor(organisation=owner, function=MACHINE),
        organisations=frozenset({owner}),
        reader=_reader(owner),
        sender=SENDER,
        language=language,
        now=clock.now(),
        say=Texts(language),
        is_person=True,
    )


def _callsign(operations: Room, unit: str) -> str:
    known = operations.registry.unit(unit, clock.now().date())
    return unit if known is None else known.callsign


def _place(
    found: Incident | None, callout: Row, *, is_told: bool
) -> tuple[float | None, float | None, bool]:
    """Where it is, and whether that is exact: as those who asked said, else as is known here."""
    lat, lon = callout["latitude"], callout["longitude"]
    if is_told and isinstance(lat, float) and isinstance(lon, float):
        return lat, lon, True
    if found is None or found.place is None:
        return None, None, False
    is_exact = is_told and found.place_exact and found.place_by is None
    return found.place.lat, found.place.lon, is_exact


def _whole(value: Any) -> int:
    assert isinstance(value, int), "the view says so"
    return value
