# SPDX-License-Identifier: Apache-2.0
"""What calls asks of the house: incidents and their corrections, and what things are called."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path

from bavn.capabilities.calls.model.documentation import Want
from bavn.capabilities.calls.model.protocols import Protocols
from bavn.capabilities.calls.ports import Called
from bavn.capabilities.calls.views.room import Room as CallsRoom
from bavn.capabilities.operations.decisions import CorrectIncident
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import the_incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.country import Country
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.kernel.identity import OrganisationId
from bavn.node.calling_tables import calling_tables
from bavn.runtime.addresses.register import AddressFile
from bavn.runtime.live import Live

# Somebody else has said the same already: that is as good.
AS_GOOD = "nothing_to_correct"


def calls_of(live: Live, country: Country, operations: Room, data: Path) -> CallsRoom:
    """What calls has to do with, and how operations is connected with it.

    `data` is where an imported register of addresses lies. Whoever has reported goes on to the
    questions.
    """
    operations.addresses = AddressFile(data)
    operations.after_report = "/incidents/{id}/call"
    return CallsRoom(around=CountryCalling(live, country, operations), query=live.query)


class CountryCalling:
    """All that calls is connected with."""

    def __init__(self, live: Live, country: Country, operations: Room) -> None:
        self._live = live
        self._operations = operations
        tables = calling_tables(country.id)
        self.protocols: Protocols = tables.protocols
        self.wants: Sequence[Want] = tables.wants

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    @property
    def urgencies(self) -> Sequence[str]:
        """The urgencies, the most urgent first."""
        return [each.code for each in self._operations.types.urgencies]

    def day(self, now: datetime) -> date:
        """The day that it is in the country."""
        return now.astimezone(self.zone).date()

    def incident(self, call: Call, incident: str) -> Called:
        """An incident; ends the handler when there is none."""
        types, territory = self._operations.types, self._operations.territory
        found = the_incident(self._live.query, call.reader, types, incident)
        return Called(
            id=found.id,
            type=found.type,
            urgency=found.urgency,
            service=found.service,
            area=area_told(territory, found.service, found.area, call.now.date()),
            municipality=found.municipality,
            is_open=found.state is IncidentState.OPEN,
            reported_at=found.reported_at,
        )

    async def correct(
        self,
        desk: Desk,
        call: Call,
        incident: Called,
        *,
        incident_type: str | None,
        urgency: str | None,
        ref: str | None,
    ) -> None:
        """Have the type or the urgency corrected; nothing happens where it stands so already."""
        content = CorrectIncident(
            incident=incident.id,
            area=incident.area,
            incident_type=incident_type,
            urgency=urgency,
        )
        try:
            await carried_out(desk, call, incident.service, content, ref)
        except Refusal as refusal:
            if refusal.refused.code != AS_GOOD:
                raise

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of incident, by code and name in the caller's language."""
        words = Words(call, self._operations)
        return [(each.code, words.type(each.code)) for each in self._operations.types.types]

    def type_name(self, call: Call, code: str | None) -> str:
        """What a type of incident is called."""
        return Words(call, self._operations).type(code)

    def urgency_name(self, call: Call, code: str | None) -> str:
        """What an urgency is called."""
        return Words(call, self._operations).urgency(code)

    def unit_name(self, call: Call, code: str) -> str:
        """What a type of unit is called."""
        return Words(call, self._operations).unit_type(code)

    def organisation_name(self, call: Call, organisation: OrganisationId) -> str:
        """What an organisation is called."""
        return Words(call, self._operations).organisation(organisation)

    def place_name(self, call: Call, municipality: str | None) -> str:
        """What a municipality is called; nothing for none."""
        return Words(call, self._operations).municipality(municipality)
