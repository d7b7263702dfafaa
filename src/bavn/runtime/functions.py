# SPDX-License-Identifier: Apache-2.0
"""Functions that the program itself knows, and where those of a country's are held."""

from datetime import date

from bavn.frame.country import Country, Level, holding
from bavn.kernel.identity import OrganisationId

# Functions that a person never has: our own machine, and systems with a token.
MACHINES = frozenset({"machine", "system"})
# The function of the one who runs the machine, at its command line; no account and no token has it.
OPERATOR = "operator"
# Functions that no person signs in with.
NOBODYS = MACHINES | {OPERATOR}


def homes_of(country: Country, level: Level) -> tuple[OrganisationId, ...]:
    """Where somebody may have a function of a level, each once."""
    government = country.government
    found = {
        Level.SERVICE: [each.id for each in country.services],
        Level.AREA: [each.id for each in country.areas],
        Level.NATION: [country.agency.id],
        Level.POLICE: [OrganisationId(each.id) for each in country.police_districts],
        Level.GOVERNMENT: [] if government is None else [government.id],
    }
    return tuple(dict.fromkeys(found[level]))


def areas_of_police(country: Country, district: str, on: date) -> tuple[OrganisationId, ...]:
    """The areas whose services answer for a municipality of a police district."""
    towns = {each.code for each in country.municipalities if each.police_district == district}
    members = holding(country.memberships, on)
    services = {each.service for each in members if each.municipality in towns}
    areas = [each.area for each in holding(country.placements, on) if each.service in services]
    return tuple(dict.fromkeys(areas))
