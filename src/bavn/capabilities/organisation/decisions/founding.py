# SPDX-License-Identifier: Apache-2.0
"""Telling what comes with the program: the country's own tables, as facts, once.

In the real world stations, units and pick lists are told only by those who sign for them.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from bavn.capabilities.organisation.facts import (
    AreaDescribed,
    ChangePlanned,
    MunicipalityCovered,
    PickListSet,
    ServiceDescribed,
    ServicePlaced,
    StationDescribed,
    UnitDescribed,
)
from bavn.capabilities.organisation.model.units import units_of
from bavn.frame.country import Country, DatedRow
from bavn.journal.decision import Context, Request
from bavn.journal.fact import Draft
from bavn.journal.reaction import MACHINE
from bavn.kernel.identity import REAL, OrganisationId, Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused

SENDER = "country"
# Below what a request may make, so that a row more is no broken promise.
ROWS_PER_REQUEST = 60
NEEDS_SIGNATURE = (StationDescribed, UnitDescribed, PickListSet)
BuiltIn = (
    AreaDescribed
    | ServiceDescribed
    | ServicePlaced
    | MunicipalityCovered
    | ChangePlanned
    | StationDescribed
    | UnitDescribed
    | PickListSet
)


class TellBuiltIn(msgspec.Struct, frozen=True, kw_only=True):
    """Tell rows of a country's own tables, each about its subject."""

    country: str
    rows: tuple[tuple[Subject, BuiltIn], ...]


def tell(_state: None, request: TellBuiltIn, context: Context) -> Sequence[Draft] | Refused:
    """The rows as facts; in the real world not those that somebody must sign for."""
    unsigned = [subject for subject, body in request.rows if isinstance(body, NEEDS_SIGNATURE)]
    if context.world == REAL and unsigned:
        return Refused(
            code="nobody_signed",
            says=f"Nobody has signed for {unsigned[0]}; the real world takes no invented data.",
            try_instead="Send the list of the service itself, and have it confirmed by name.",
            values={"what": unsigned[0], "country": request.country},
        )
    return [
        Draft(body=body, about=(subject,), happened_at=context.now)
        for subject, body in request.rows
    ]


def founding_requests(country: Country, *, real: bool = False) -> Iterator[Request]:
    """All that a country's tables tell, owner by owner; asked again, nothing is told twice.

    Each request is numbered by what is in it. In the real world only the structure is told: areas,
    services and who covers what.
    """
    for owner, rows in _told_by(country, real=real).items():
        for start in range(0, len(rows), ROWS_PER_REQUEST):
            content = TellBuiltIn(
                country=country.id, rows=tuple(rows[start : start + ROWS_PER_REQUEST])
            )
            digest = sha256(msgspec.json.encode(content)).hexdigest()[:32]
            yield Request(
                owner=owner,
                actor=Actor(organisation=owner, function=MACHINE),
                content=content,
                sender=SENDER,
                ref=f"{country.id}-{digest}",
            )


Told = list[tuple[Subject, BuiltIn]]


def _told_by(country: Country, *, real: bool) -> dict[OrganisationId, Told]:
    told: dict[OrganisationId, Told] = {owner: [] for owner in country.organisations}
    _structure(country, told)
    if not real:
        _things(country, told)
    return {owner: rows for owner, rows in told.items() if rows}


def _structure(country: Country, told: dict[OrganisationId, Told]) -> None:
    agency = told[country.agency.id]
    for area in country.areas:
        body = AreaDescribed(name=area.name, centre=area.centre, **_dated(area))
        agency.append((Subject(f"area:{area.id}"), body))
    for service in country.services:
        described = ServiceDescribed(
            name=service.name,
            form=service.form,
            headquarters=service.headquarters,
            **_dated(service),
        )
        told[service.id].append((Subject(f"service:{service.id}"), described))
    for placement in country.placements:
        placed = ServicePlaced(**_dated(placement))
        told[placement.area].append((Subject(f"service:{placement.service}"), placed))
    area_of = {placement.service: placement.area for placement in country.placements}
    for membership in country.memberships:
        covered = MunicipalityCovered(service=membership.service, **_dated(membership))
        subject = Subject(f"municipality:{membership.municipality}")
        told[area_of[membership.service]].append((subject, covered))
    for plan in country.planned_changes:
        planned = ChangePlanned(
            services=plan.services,
            into=plan.into,
            name=plan.name,
            on=plan.on,
            basis=plan.basis,
            source=plan.source,
        )
        told[plan.area].append((Subject(f"change:{plan.id}"), planned))


def _things(country: Country, told: dict[OrganisationId, Told]) -> None:
    for station in country.stations:
        described = StationDescribed(
            name=station.name,
            municipality=station.municipality,
            lat=station.lat,
            lon=station.lon,
            place_basis=station.place_basis,
            crewing=station.crewing,
            capabilities=station.capabilities,
            **_dated(station),
        )
        told[station.service].append((Subject(f"station:{station.id}"), described))
    for unit in units_of(country):
        body = UnitDescribed(
            type=unit.type,
            callsign=unit.callsign,
            station=unit.station,
            crew=unit.crew,
            capabilities=unit.capabilities,
            valid_from=country.known_from,
            basis=unit.basis,
            source=unit.source,
        )
        told[unit.service].append((Subject(f"unit:{unit.id}"), body))


def _dated(row: DatedRow) -> dict[str, Any]:
    return {
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "basis": row.basis,
        "source": row.source,
    }
