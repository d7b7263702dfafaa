# SPDX-License-Identifier: Apache-2.0
"""Where organisations stand on a day, as the country's tables have it."""

from datetime import date

from bavn.frame.country import Country, Level, holding
from bavn.kernel.identity import OrganisationId
from bavn.runtime.functions import homes_of
from bavn.runtime.mandates.told import Organisations, Stands

# Partners that the law names stand beside the three levels.
PARTNER = "partner"


def level_at(level: Level) -> str:
    """Where organisations stand at which somebody may have a function of a level."""
    return PARTNER if level in {Level.POLICE, Level.GOVERNMENT} else level.value


def standing_of(country: Country, on: date) -> Organisations:
    """Services under their areas, areas under the nation, police and others beside them."""
    agency = country.agency.id
    found: dict[OrganisationId, Stands] = {agency: Stands(Level.NATION.value)}
    for area in holding(country.areas, on):
        found[area.id] = Stands(Level.AREA.value, (agency,))
    placed = {each.service: each.area for each in holding(country.placements, on)}
    for service in holding(country.services, on):
        under = placed.get(service.id)
        found[service.id] = Stands(Level.SERVICE.value, (under,) if under else (agency,))
    beside = [OrganisationId(each.id) for each in country.partners]
    beside += homes_of(country, Level.POLICE)
    beside += homes_of(country, Level.GOVERNMENT)
    for each in beside:
        found.setdefault(each, Stands(PARTNER))
    return Organisations(tuple(sorted(found.items())), found)
