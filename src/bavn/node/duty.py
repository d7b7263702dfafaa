# SPDX-License-Identifier: Apache-2.0
"""What duty asks of the house: incidents of operations, and the country's table of functions."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import cache
from importlib.resources import files

from bavn.capabilities.operations.views.incidents import the_incident
from bavn.capabilities.operations.views.room import Room
from bavn.frame.call import Call
from bavn.frame.country import Country, Named
from bavn.frame.desk import Refusal
from bavn.kernel.identity import OrganisationId
from bavn.runtime.countries import read_table
from bavn.runtime.live import Live


class DutyFunction(Named, frozen=True, kw_only=True):
    """A function that a duty roster may have."""


@cache
def duty_functions(country: str) -> tuple[DutyFunction, ...]:
    """The functions of a country that comes with the program."""
    return read_table(files("bavn") / "countries" / country, "duty_functions", DutyFunction)


class CountryDuty:
    """All that duty is connected with."""

    def __init__(self, live: Live, country: Country, operations: Room) -> None:
        self.functions: Sequence[Named] = duty_functions(country.id)
        self._live = live
        self._operations = operations

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def owner_of(self, call: Call, incident: str) -> OrganisationId:
        """Whose incident it is; ends the handler when there is none."""
        types = self._operations.types
        return the_incident(self._live.query, call.reader, types, incident).service

    def incident_name(self, call: Call, incident: str) -> str:
        """What an incident is called: its type, or its number where nobody knows it."""
        types = self._operations.types
        try:
            found = the_incident(self._live.query, call.reader, types, incident)
        except Refusal:
            return incident
        known = types.type_of(found.type)
        if known is None:
            return incident
        return known.danish if call.language == "da" else known.english
