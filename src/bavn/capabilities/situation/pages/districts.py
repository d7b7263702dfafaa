# SPDX-License-Identifier: Apache-2.0
"""The police districts over all services, and one of them: for a local staff, live and on paper."""

from collections.abc import Sequence

from litestar import get
from litestar.response import Template

from bavn.capabilities.situation.model.districts import UNKNOWN
from bavn.capabilities.situation.model.picture import iso, rank_of
from bavn.capabilities.situation.model.silence import by_owner, clock_of
from bavn.capabilities.situation.pages.picture import aged
from bavn.capabilities.situation.ports import (
    CallGiven,
    DistrictNow,
    Districts,
    DistrictsGiven,
    PictureGiven,
    SilencesGiven,
    SilencesNow,
)
from bavn.capabilities.situation.views import or_quiet
from bavn.frame.call import Call
from bavn.frame.forms import kept
from bavn.frame.page import page

ACT = {"act": "situation.read_districts"}
PATH = "/situation/districts"


@get(PATH, opt=ACT, include_in_schema=False)
async def overview(call: CallGiven, districts: DistrictsGiven, silences: SilencesGiven) -> Template:
    """All districts, with figures."""
    return _overview(call, districts, silences.now(call), "situation/districts.html")


@get("/situation/districts-part", opt=ACT, include_in_schema=False)
async def overview_part(
    call: CallGiven, districts: DistrictsGiven, silences: SilencesGiven
) -> Template:
    """Its table alone, for a page that is open already."""
    return _overview(call, districts, silences.now(call), "situation/districts_part.html")


@get(PATH + "/{district_id:str}", opt=ACT, include_in_schema=False)
async def one(
    district_id: str,
    call: CallGiven,
    districts: DistrictsGiven,
    picture: PictureGiven,
    silences: SilencesGiven,
) -> Template:
    """One district: what is going on, who leads, what is asked for, what is left."""
    urgencies = picture.now(call).urgencies
    now = silences.now(call)
    return _one(call, districts, district_id, now, urgencies, "situation/district.html")


@get(PATH + "/{district_id:str}/part", opt=ACT, include_in_schema=False)
async def one_part(
    district_id: str,
    call: CallGiven,
    districts: DistrictsGiven,
    picture: PictureGiven,
    silences: SilencesGiven,
) -> Template:
    """The same without the page around it."""
    urgencies = picture.now(call).urgencies
    now = silences.now(call)
    return _one(call, districts, district_id, now, urgencies, "situation/district_part.html")


def _overview(call: Call, districts: Districts, silences: SilencesNow, template: str) -> Template:
    found, silent = districts.now(call), by_owner(silences)
    return kept(
        page(
            call,
            template,
            districts=found,
            title_of=lambda each: _title(call, each),
            unheard_in={
                each.id: sum(one.seen.owner in silent for one in each.incidents) for each in found
            },
            silences=silences.silent,
            clock_of=lambda at: clock_of(at, call.now),
            drawn_at=call.now.astimezone(districts.zone),
        )
    )


def _one(
    call: Call,
    districts: Districts,
    name: str,
    silences: SilencesNow,
    urgencies: Sequence[str],
    template: str,
) -> Template:
    found = or_quiet(districts.now(call, name), name)
    by_id = {each.seen.id: each for each in found.incidents}
    return kept(
        page(
            call,
            template,
            district=found,
            title=_title(call, found),
            longest=by_id.get(found.longest or ""),
            largest=by_id.get(found.largest or ""),
            urgencies=urgencies,
            rank_of=rank_of,
            iso=iso,
            aged=lambda at: aged(call, (call.now - at).total_seconds()),
            unheard_owners=by_owner(silences),
            clock_of=lambda at: clock_of(at, call.now),
            drawn_at=call.now.astimezone(districts.zone),
            zone=districts.zone,
        )
    )


def _title(call: Call, district: DistrictNow) -> str:
    return call.say("situation.districts.unknown") if district.id == UNKNOWN else district.name


HANDLERS = (overview, overview_part, one, one_part)
