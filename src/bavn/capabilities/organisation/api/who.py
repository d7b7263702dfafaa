# SPDX-License-Identifier: Apache-2.0
"""Areas, services, municipalities, stations and partners, on any day."""

from datetime import date

import msgspec
from litestar import get

from bavn.capabilities.organisation.api.bodies import (
    Area,
    Listed,
    Municipality,
    Partner,
    PickLine,
    PickList,
    Place,
    Service,
    Station,
)
from bavn.capabilities.organisation.model.dated import on_day
from bavn.capabilities.organisation.views import looking
from bavn.capabilities.organisation.views.register import RegisterGiven
from bavn.frame.call import Call
from bavn.frame.country import holding
from bavn.frame.desk import Desk
from bavn.frame.given import CallGiven, DeskGiven
from bavn.kernel.identity import OrganisationId

READ = {"act": "organisation.read_structure"}


@get("/api/v1/areas", opt=READ, summary="Preparedness areas")
async def areas(
    call: CallGiven, organisation: RegisterGiven, on: date | None = None
) -> Listed[Area]:
    """The areas on a day, today when none is named."""
    day = organisation.on(on or organisation.today(call.now))
    return Listed(
        items=tuple(
            Area(
                id=id_,
                name=each.body.name,
                centre=each.body.centre,
                valid_from=each.body.valid_from,
                valid_to=each.body.valid_to,
                basis=each.body.basis,
                source=each.body.source,
            )
            for id_, each in sorted(day.areas.items())
        )
    )


@get("/api/v1/services", opt=READ, summary="Services, each in its area")
async def services(
    call: CallGiven, organisation: RegisterGiven, on: date | None = None
) -> Listed[Service]:
    """The services on a day, today when none is named."""
    day = organisation.on(on or organisation.today(call.now))
    people = {each.code: each.population for each in organisation.country.municipalities}
    found = []
    for id_, placed in sorted(day.placements.items()):
        told = day.services.get(id_)
        covered = tuple(day.covered_by(id_))
        found.append(
            Service(
                id=id_,
                name=told.body.name if told else id_,
                form=told.body.form if told else "",
                area=placed.owner,
                municipalities=covered,
                population=sum(people.get(code, 0) for code in covered),
                valid_from=placed.body.valid_from,
                valid_to=placed.body.valid_to,
                basis=told.body.basis if told else placed.body.basis,
                source=told.body.source if told else placed.body.source,
            )
        )
    return Listed(items=tuple(found))


@get("/api/v1/municipalities", opt=READ, summary="Municipalities, and who covers each")
async def municipalities(
    call: CallGiven, organisation: RegisterGiven, on: date | None = None
) -> Listed[Municipality]:
    """The municipalities on a day, today when none is named."""
    on = on or organisation.today(call.now)
    day, country = organisation.on(on), organisation.country
    region_of = {row.municipality: row.region for row in holding(country.municipality_regions, on)}
    found = []
    for each in country.municipalities:
        service = day.service_of(each.code)
        found.append(
            Municipality(
                code=each.code,
                name=each.name,
                service=service,
                area=None if service is None else day.area_of(service),
                region=region_of.get(each.code),
                police_district=each.police_district,
                population=each.population,
                place=Place(lat=each.centre_lat, lon=each.centre_lon),
                basis=each.basis,
                source=each.source,
            )
        )
    return Listed(items=tuple(found))


@get("/api/v1/stations", opt=READ, summary="Stations, and who has each")
async def stations(
    call: CallGiven, organisation: RegisterGiven, on: date | None = None, service: str | None = None
) -> Listed[Station]:
    """The stations on a day, today when none is named; of one service when it is named."""
    day = organisation.on(on or organisation.today(call.now))
    found = []
    for id_, each in sorted(day.stations.items()):
        if service is not None and each.service != service:
            continue
        body = each.told.body
        found.append(
            Station(
                id=id_,
                service=each.service,
                name=body.name,
                place=Place(lat=body.lat, lon=body.lon),
                place_basis=body.place_basis,
                municipality=body.municipality,
                crewing=body.crewing,
                capabilities=body.capabilities,
                valid_from=body.valid_from,
                valid_to=body.valid_to,
                basis=body.basis,
                source=body.source,
            )
        )
    return Listed(items=tuple(found))


@get("/api/v1/partners", opt=READ, summary="Partners, whom we never dispatch")
async def partners(call: CallGiven, organisation: RegisterGiven) -> Listed[Partner]:
    """Whom we show and never send."""
    danish = call.language == "da"
    return Listed(
        items=tuple(
            Partner(
                id=each.id,
                name=each.danish if danish else each.english,
                task=each.task,
                dispatchable=each.dispatchable,
                basis=each.basis,
            )
            for each in organisation.country.partners
        )
    )


@get("/api/v1/services/{service:str}/pick-lists", opt=READ, summary="What is sent first")
async def pick_lists(
    call: CallGiven,
    desk: DeskGiven,
    organisation: RegisterGiven,
    service: str,
    on: date | None = None,
) -> Listed[PickList]:
    """What a service sends first to each type of incident.

    The country's own list, marked as what it is, where the service has told none.
    """
    on = on or organisation.today(call.now)
    told = looking.pick_lists(_look(desk, call), OrganisationId(service))
    own = {each.id: each.body for each in on_day(told, on)}
    found = []
    for type_ in organisation.country.incident_types:
        body = own.get(type_.code)
        needs = type_.first_dispatch if body is None else body.needs
        found.append(
            PickList(
                type=type_.code,
                needs={need.type: need.count for need in needs if need.type},
                lines=tuple(
                    msgspec.convert(need, PickLine, from_attributes=True) for need in needs
                ),
                own=body is not None,
                basis=type_.basis if body is None else body.basis,
            )
        )
    return Listed(items=tuple(found))


def _look(desk: Desk, call: Call) -> looking.Look:
    return lambda view, where: desk.query.rows(call.reader, view, where)


HANDLERS = (areas, services, municipalities, stations, partners, pick_lists)
