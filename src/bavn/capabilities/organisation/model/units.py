# SPDX-License-Identifier: Apache-2.0
"""Units derived by rule, where no list of real ones is known.

No public list of the country's vehicles exists. `units_of` reads the country's own rules
(`unit_rules.csv`) and stands units at its stations: always the same ones, with invented call signs,
and each marked as own calibration. The published figures that the rules are fitted to are tested.
"""

from collections.abc import Iterator
from itertools import count

import msgspec

from bavn.frame.country import Basis, Country, ResourceType, Station, UnitRule
from bavn.kernel.identity import OrganisationId

INVENTED = f"{Basis.CALIBRATION}: unit and call sign made by rule"


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle, vessel, team or piece of equipment that is sent as one, and where it stands."""

    id: str
    service: OrganisationId
    station: str
    type: str
    callsign: str
    crew: int
    capabilities: tuple[str, ...]
    basis: str
    source: str = ""


def units_of(country: Country) -> tuple[Unit, ...]:
    """The units that the country's rules give its stations, in the order of stations and rules."""
    types = {each.code: each for each in country.resource_types}
    counts = _counts(country)
    return tuple(unit for station in country.stations for unit in _at(station, counts, types))


def _counts(country: Country) -> dict[str, dict[str, int]]:
    """How many of each type stand at each station."""
    counts: dict[str, dict[str, int]] = {station.id: {} for station in country.stations}
    owners = dict.fromkeys(station.service for station in country.stations)
    of = {owner: sorted(_owned(country, owner), key=lambda each: each.id) for owner in owners}
    for rule in country.unit_rules:
        for stations in of.values():
            if len(stations) < rule.stations_least:
                continue
            matching = [station for station in stations if _matches(rule, station)]
            for station in matching[rule.first - 1 :: rule.every]:
                here = counts[station.id]
                here[rule.type] = here.get(rule.type, 0) + rule.count
    return counts


def _owned(country: Country, owner: OrganisationId) -> Iterator[Station]:
    seen = set[str]()
    for station in country.stations:
        # A station that is described for several spans of time has its units once.
        if station.service == owner and station.id not in seen:
            seen.add(station.id)
            yield station


def _matches(rule: UnitRule, station: Station) -> bool:
    if station.level != rule.level or (rule.crewing and station.crewing not in rule.crewing):
        return False
    words = " ".join(station.capabilities).casefold()
    return rule.capability.casefold() in words


def _at(
    station: Station, counts: dict[str, dict[str, int]], types: dict[str, ResourceType]
) -> Iterator[Unit]:
    # A call sign is the station's name in the system and a running number: 02-13 is the
    # thirteenth unit of the second station.
    running = count(1)
    for code, number in counts.pop(station.id, {}).items():
        for each in range(1, number + 1):
            kind = types[code]
            yield Unit(
                id=f"{station.id}-{code.lower()}-{each}",
                service=station.service,
                station=station.id,
                type=code,
                callsign=f"{station.id.upper()}-{next(running):02}",
                crew=kind.crew,
                capabilities=kind.capabilities,
                basis=INVENTED,
            )
