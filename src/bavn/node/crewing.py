# SPDX-License-Identifier: Apache-2.0
"""What crews asks of the house: the register's units, and how long crews last by the country."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from bavn.capabilities.crews.model.crew import Limits, Planned
from bavn.capabilities.crews.ports import Unit
from bavn.capabilities.operations.ports import RegisteredUnit, area_told
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.units import Units
from bavn.frame.call import Call
from bavn.frame.country import Country
from bavn.runtime.live import Live


class CountryCrews:
    """All that crews is connected with."""

    def __init__(self, live: Live, country: Country, operations: Room) -> None:
        self._operations = operations
        self._units = Units(
            live.query, operations.registry, operations.territory, operations.positions
        )
        self.limits = limits_of(country)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def unit(self, call: Call, unit_id: str) -> Unit:
        """One unit; ends the handler when there is none."""
        on = call.now.date()
        found = self._units.the_unit(call.reader, unit_id, on)
        return Unit(
            id=found.id,
            callsign=found.callsign,
            service=found.service,
            area=area_told(self._operations.territory, found.service, found.area, on),
            plan=Planned(count=found.crew or None, basis=found.basis),
            registered=found.registered,
        )

    def planned(self, now: datetime) -> Sequence[Unit]:
        """All registered units."""
        return [_unit(each) for each in self._operations.registry.units(now.date())]


def _unit(known: RegisteredUnit) -> Unit:
    return Unit(
        id=known.id,
        callsign=known.callsign,
        service=known.service,
        area=known.area or known.service,
        plan=Planned(count=known.crew or None, basis=known.basis),
    )


def limits_of(country: Country) -> Limits:
    """How long crews last, as the country's figures say."""
    figures = {each.key: each for each in country.figures if each.key.startswith("endurance.")}

    def hours(key: str) -> timedelta | None:
        number = figures[key].number if key in figures else None
        return None if number is None else timedelta(hours=number)

    return Limits(
        on_duty=hours("endurance.on_duty_h"),
        at_work=hours("endurance.at_work_h"),
        warned=hours("endurance.warned_h") or timedelta(),
        holds=hours("endurance.word_holds_h"),
        basis=next((each.basis for each in figures.values()), ""),
    )
