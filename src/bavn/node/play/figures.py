# SPDX-License-Identifier: Apache-2.0
"""What a play comes to in figures, to be held beside the published ones."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bavn.capabilities.organisation.model.units import units_of
from bavn.engines.days import DAY_S
from bavn.engines.turnouts import Event, Kind
from bavn.frame.country import Country, holding
from bavn.node.play.cast import MunicipalityHere, Point, StationHere, Told, UnitHere
from bavn.node.play.script import REAL, Script

HOUR_S = 3600.0


def told_by(country: Country) -> Told:
    """The country as a server that was just founded on it would tell of it."""
    day = country.known_from
    stations = holding(country.stations, day)
    return Told(
        stations=tuple(
            StationHere(
                each.id, each.service, each.municipality, Point(each.lat, each.lon), each.crewing
            )
            for each in stations
        ),
        units=tuple(
            UnitHere(each.id, each.type, each.service, each.station, each.crew)
            for each in units_of(country)
        ),
        municipalities=tuple(
            MunicipalityHere(each.municipality, each.service)
            for each in holding(country.memberships, day)
        ),
    )


@dataclass
class Figures:
    """What was counted over some days of play."""

    days: int = 0
    incidents: int = 0
    real: int = 0
    response_s: list[float] = field(default_factory=list)
    person_s: float = 0.0
    # Incidents at which a unit of another service or of the nation was.
    helped: int = 0
    national: int = 0
    unmet: int = 0
    by_municipality: Counter[str] = field(default_factory=Counter)
    first_station: Counter[str] = field(default_factory=Counter)

    @property
    def mean_response_s(self) -> float:
        """Report to the first vehicle at the scene, on average."""
        return float(np.mean(self.response_s))

    @property
    def blind(self) -> float:
        """The share with nothing behind it."""
        return 1 - self.real / self.incidents

    @property
    def alone(self) -> float:
        """The share that a service handled with its own units."""
        return 1 - self.helped / self.incidents

    @property
    def hours_per_real(self) -> float:
        """Person-hours of the services for each real alarm."""
        return self.person_s / HOUR_S / self.real

    @property
    def without(self) -> int:
        """Incidents at which no vehicle ever was: called off, or taken care of by others."""
        return self.incidents - len(self.response_s)

    def within(self, minutes: float) -> float:
        """The share of responses within so many minutes."""
        return float(np.mean(np.array(self.response_s) <= minutes * 60))


def count(script: Script, number_of_days: int, figures: Figures) -> None:
    """Play some days to their end and add them to the figures."""
    events = list(script.until(number_of_days * DAY_S))
    inside = {event.incident for event in events if event.kind is Kind.REPORTED}
    # What began on the last day is played to its end; what begins after it is not counted.
    events += script.course.until((number_of_days + 3) * DAY_S)
    figures.days += number_of_days
    figures.incidents += len(inside)
    figures.real += sum(script.scenes[number].outcome == REAL for number in inside)
    for number in inside:
        figures.by_municipality[script.scenes[number].municipality] += 1
    figures.unmet += sum(event.kind is Kind.WAITING for event in events)
    _count_responses(script, events, figures)
    _count_work(script, events, figures)


def _count_responses(script: Script, events: Iterable[Event], figures: Figures) -> None:
    seen = set[int]()
    for event in events:
        if event.kind is not Kind.AT_SCENE or event.incident in seen:
            continue
        if script.cast.columns.commander[event.unit]:
            continue
        seen.add(event.incident)
        figures.response_s.append(event.at_s - script.incidents[event.incident].at_s)
        figures.first_station[script.cast.stations[event.unit].id] += 1


def _count_work(script: Script, events: Iterable[Event], figures: Figures) -> None:
    cast, began = script.cast, dict[int, float]()
    helped, national = set[int](), set[int]()
    for event in events:
        if event.unit < 0:
            continue
        unit = cast.units[event.unit]
        # The published hours are those of the services.
        crew = 0 if unit.service == cast.country.agency.id else unit.crew
        if event.kind is Kind.ALERTED:
            # Sent again from the road: the first assignment's time ends here.
            figures.person_s += crew * (event.at_s - began.pop(event.unit, event.at_s))
            began[event.unit] = event.at_s
            if unit.service == cast.country.agency.id:
                national.add(event.incident)
            if unit.service != script.scenes[event.incident].service:
                helped.add(event.incident)
        elif event.kind is Kind.AVAILABLE:
            figures.person_s += crew * (event.at_s - began.pop(event.unit, event.at_s))
    figures.helped += len(helped)
    figures.national += len(national)
