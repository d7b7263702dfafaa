# SPDX-License-Identifier: Apache-2.0
"""What reinforcement asks of the house: incidents, who there is to ask, units by callsign."""

from collections.abc import Sequence
from datetime import tzinfo

from bavn.capabilities.dispatch.views.room import Room as Dispatch
from bavn.capabilities.organisation.views.register import Register
from bavn.capabilities.reinforcement.ports import Goal
from bavn.capabilities.reinforcement.views.room import Room
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId
from bavn.node.together import CountryTogether
from bavn.runtime.live import Live


class CountryHelping:
    """All that reinforcement is connected with."""

    def __init__(self, register: Register, together: CountryTogether, dispatch: Dispatch) -> None:
        self._register = register
        self._together = together
        self._dispatch = dispatch

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._together.zone

    def goal(self, call: Call, incident: str) -> Goal:
        """An incident; ends the handler when there is none."""
        seen = self._together.incident(call, incident)
        return Goal(
            incident=seen.id,
            label=self._together.label(call, seen),
            service=seen.service,
            is_open=seen.is_open,
        )

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident; its number where it is not known here."""
        seen = self._together.known(call, incident)
        return incident if seen is None else self._together.label(call, seen)

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""
        return self._together.area_of(call, organisation)

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._together.name_of(call, organisation)

    def to_ask(self, call: Call) -> Sequence[OrganisationId]:
        """The services by name, and the national agency last."""
        day = self._register.on(self._register.today(call.now))
        services = sorted(day.services, key=lambda each: self.name_of(call, each))
        return [*services, self._register.country.agency.id]

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of units, with what they are called."""
        return sorted(
            (
                (each.code, each.danish if call.language == "da" else each.english)
                for each in self._register.country.resource_types
            ),
            key=lambda each: each[1],
        )

    def units(self, call: Call, typed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read units by id or callsign; and what names none."""
        return self._dispatch.named(call, typed)

    def basis(self, call: Call, basis: str) -> str:
        """Why something was allowed, in words."""
        return self._together.basis(call, basis)

    def callsign(self, call: Call, unit: str) -> str:
        """What a unit is called."""
        found = self._dispatch.fleet(call).by_id.get(unit)
        return unit if found is None else found.callsign


def helping_of(
    live: Live, register: Register, together: CountryTogether, dispatch: Dispatch
) -> dict[str, Room]:
    """What its handlers ask for by name."""
    return {"reinforcement": Room(live.query, CountryHelping(register, together, dispatch))}
