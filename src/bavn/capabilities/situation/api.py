# SPDX-License-Identifier: Apache-2.0
"""The picture for the map, in words and drawings: rows under named columns, sent once per change.

Programs have /api/v1/picture, which is in codes.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get

from bavn.capabilities.situation.model.picture import area_figures, etag, iso, rank_of
from bavn.capabilities.situation.model.silence import by_owner
from bavn.capabilities.situation.ports import (
    CallGiven,
    DistrictNow,
    DistrictsGiven,
    IncidentSeen,
    NormalGiven,
    NormalNow,
    PictureGiven,
    PictureNow,
    SilencesGiven,
    SilencesNow,
    UnitSeen,
)
from bavn.capabilities.situation.views import or_quiet

# Thousands of units would repeat the same dozen names: they stand once, above the rows.
INCIDENT_COLUMNS = (
    "id", "type", "name", "symbol", "urgency", "owner", "owner_name", "area", "place_name",
    "lat", "lon", "reported_at", "changed_at", "position", "contested",
)  # fmt: skip
UNIT_COLUMNS = (
    "id", "callsign", "type", "status", "status_at", "service", "area", "station", "incident",
    "lat", "lon", "place_at", "contested",
)  # fmt: skip
NOT_MODIFIED = 304
# Asked again at every look, and answered with 304 when nothing is new.
HEADERS = {"cache-control": "private, no-cache", "vary": "Cookie, Authorization, Accept-Language"}


class DistrictList(msgspec.Struct, frozen=True, kw_only=True):
    """The police districts, in the country's order; the unknown last, where something is there."""

    items: Sequence[DistrictNow]
    next: str | None = None


@get("/situation/picture", opt={"act": "situation.read_picture"}, include_in_schema=False)
async def read_picture(
    request: Request[Any, Any, Any],
    call: CallGiven,
    picture: PictureGiven,
    silences: SilencesGiven,
) -> Response[bytes]:
    """Figures for each area, open incidents, units with their last place, and who is not heard."""
    mark = etag(picture.stamp(call), silences.mark(), call.language)
    if request.headers.get("if-none-match") == mark:
        return Response(b"", status_code=NOT_MODIFIED, headers=HEADERS | {"etag": mark})
    body = encoded(picture.now(call), silences.now(call), at=iso(call.now))
    return Response(body, media_type=MediaType.JSON, headers=HEADERS | {"etag": mark})


@get(
    "/api/v1/normal",
    opt={"act": "situation.read_picture"},
    summary="The last hour beside what is normal for it, by the imported history",
)
async def read_normal(call: CallGiven, normal: NormalGiven) -> NormalNow:
    """For all, each area, each service and each group of types that enough history is known of."""
    return normal.now(call)


@get(
    "/api/v1/districts",
    opt={"act": "situation.read_districts"},
    summary="What goes on in each police district, over all services",
)
async def read_districts(call: CallGiven, districts: DistrictsGiven) -> DistrictList:
    """Each open incident stands in exactly one of them, or in the one called `unknown`."""
    return DistrictList(items=districts.now(call))


@get(
    "/api/v1/districts/{district_id:str}",
    opt={"act": "situation.read_districts"},
    summary="What goes on in one police district, and who leads there",
)
async def read_district(
    district_id: str, call: CallGiven, districts: DistrictsGiven
) -> DistrictNow:
    """As the caller may know it."""
    return or_quiet(districts.now(call, district_id), district_id)


def encoded(picture: PictureNow, silences: SilencesNow, at: str) -> bytes:
    """The picture as bytes. `silent` are owners that are not heard, each with when it last was."""
    return msgspec.json.encode(
        {
            "at": at,
            "position": picture.position,
            "areas": area_figures(picture),
            "urgencies": picture.urgencies,
            "silent": {
                owner: None if each.since is None else iso(each.since.astimezone(UTC))
                for owner, each in by_owner(silences).items()
            },
            "columns": {"incidents": INCIDENT_COLUMNS, "units": UNIT_COLUMNS},
            "incidents": [_incident(each) for each in picture.incidents],
            "units": [_unit(each) for each in picture.units],
        }
    )


def _incident(each: IncidentSeen) -> tuple[object, ...]:
    return (
        each.id,
        each.type,
        each.type_name,
        each.symbol,
        rank_of(each.urgency),
        each.owner,
        each.owner_name,
        each.area,
        each.place_name,
        each.lat,
        each.lon,
        iso(each.reported_at),
        iso(each.changed_at),
        each.position,
        each.contested,
    )


def _unit(each: UnitSeen) -> tuple[object, ...]:
    return (
        each.id,
        each.callsign,
        each.type,
        each.status,
        iso(each.status_at),
        each.service,
        each.area,
        each.station,
        each.incident,
        each.lat,
        each.lon,
        None if each.place_at is None else iso(each.place_at),
        each.contested,
    )


HANDLERS = (read_picture, read_normal, read_districts, read_district)
