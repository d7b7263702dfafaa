# SPDX-License-Identifier: Apache-2.0
"""Pages: who there is on a day, and lists that are sent, looked at, confirmed or rejected."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template

from bavn.capabilities.organisation.decisions.imports import (
    ConfirmImport,
    RejectImport,
    list_id,
    request_of,
)
from bavn.capabilities.organisation.model.differences import Sort
from bavn.capabilities.organisation.model.directory import Day
from bavn.capabilities.organisation.model.lists import CSV, GEOJSON, OPTIONAL, REQUIRED
from bavn.capabilities.organisation.model.settling import BYTES_LIMIT, ListKind
from bavn.capabilities.organisation.views import CHANGE, looking
from bavn.capabilities.organisation.views.received import all_lists, shown
from bavn.capabilities.organisation.views.register import Register, RegisterGiven
from bavn.capabilities.organisation.views.words import Words
from bavn.frame.call import Call
from bavn.frame.country import PARTNER, Basis
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import HEADERS
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

AnyRequest = Request[Any, Any, Any]
PATH = "/organisation"
SEE_OTHER: Literal[303] = 303
READ = {"act": "organisation.read_structure"}
READ_LISTS = {"act": "organisation.read_imports"}
# A page may be read again on its own machine when the server is away.
# Shown one by one; what is unchanged is only counted.
DIFFERENCES_LIMIT = 400
FIRST = (Sort.CHANGED, Sort.ADDED, Sort.REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """A service as the overview shows it."""

    id: str
    name: str
    municipalities: tuple[str, ...]
    population: int
    station_count: int
    unit_count: int
    basis: str


@get(PATH, opt=READ, include_in_schema=False)
async def overview(
    call: CallGiven, desk: DeskGiven, organisation: RegisterGiven, on: str | None = None
) -> Template:
    """Areas and their services on a day, with what is planned and who our partners are."""
    today = organisation.today(call.now)
    day = organisation.on(_day(on, today))
    agency = organisation.country.agency
    answer = page(
        call,
        "organisation/overview.html",
        on=day.on,
        today=today,
        known_from=organisation.country.known_from,
        areas=[
            (id_, told, _lines(organisation, day, id_)) for id_, told in sorted(day.areas.items())
        ],
        agency=_line(organisation, day, agency.id, _title(call, agency)),
        changes=_changes(call, desk),
        problems=day.problems,
        partners=organisation.country.partners,
        number=lambda count: f"{count:,}".replace(",", call.say("organisation.thousands")),
        title=lambda each: _title(call, each),
        basis=lambda text: basis_in_words(call, text),
    )
    answer.headers.update(HEADERS)
    return answer


@get(PATH + "/{service:str}", opt=READ, include_in_schema=False)
async def one_service(
    call: CallGiven, organisation: RegisterGiven, service: str, on: str | None = None
) -> Template:
    """A service on a day: what it covers, its stations and their units."""
    today = organisation.today(call.now)
    day, country = organisation.on(_day(on, today)), organisation.country
    stations = [each for each in day.stations.values() if each.service == service]
    known = {*day.placements, country.agency.id}
    if service not in known and not stations:
        raise Refusal(_no_such_service(service, day.on))
    owner = OrganisationId(service)
    area = day.area_of(owner)
    units: dict[str, list[Any]] = {}
    for unit in day.units.values():
        if unit.service == service:
            units.setdefault(unit.told.body.station, []).append(unit)
    for here in units.values():
        here.sort(key=lambda unit: unit.told.body.callsign)
    crewings = {each.code: _title(call, each) for each in country.crewings}
    types = {each.code: _title(call, each) for each in country.resource_types}
    answer = page(
        call,
        "organisation/service.html",
        on=day.on,
        today=today,
        service=_line(organisation, day, owner, country.agency.danish),
        area=None if area is None else day.areas.get(area),
        placed=day.placements.get(owner),
        stations=sorted(stations, key=lambda each: each.id),
        units=units,
        crewings=crewings,
        types=types,
        words=Words(call.say, call.language, country),
        usual={each.code: each.capabilities for each in country.resource_types},
        may_see_lists=owner in call.organisations,
        basis=lambda text: basis_in_words(call, text),
    )
    answer.headers.update(HEADERS)
    return answer


@get(PATH + "/{service:str}/lists", opt=READ_LISTS, include_in_schema=False)
async def lists(
    call: CallGiven, desk: DeskGiven, organisation: RegisterGiven, service: str
) -> Template:
    """The lists that were received, and where a new one is sent."""
    owner = _own(call, service)
    return page(
        call,
        "organisation/lists.html",
        service=_line(organisation, organisation.on(organisation.today(call.now)), owner, service),
        rows=[_list_line(each) for each in all_lists(_look(desk, call), owner)],
        kinds=tuple(ListKind),
        columns={kind: (REQUIRED[kind], OPTIONAL[kind]) for kind in ListKind},
        types=[each for each in organisation.country.resource_types if each.kind != PARTNER],
        title=lambda each: _title(call, each),
        today=organisation.today(call.now),
        size_limit=BYTES_LIMIT // 1024,
        # The number under which this form's list is kept, however often it is sent.
        sender_ref=f"list-{call.now:%Y%m%dT%H%M%S%f}",
    )


@post(
    PATH + "/{service:str}/lists",
    opt={"act": "organisation.receive_import"},
    include_in_schema=False,
)
async def send(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, organisation: RegisterGiven, service: str
) -> Response[Any]:
    """Keep a list as it came, and show what it would change."""
    owner = _own(call, service)
    form = await request.form()
    upload = form.get("file")
    raw = await upload.read() if isinstance(upload, UploadFile) else b""
    name = upload.filename.lower() if isinstance(upload, UploadFile) else ""
    ref = str(form.get("sender_ref") or f"list-{call.now:%Y%m%dT%H%M%S%f}")
    day = _day(str(form.get("on") or ""), organisation.today(call.now))
    asked = request_of(
        list_id(call.sender, ref, raw),
        raw,
        what=_kind(str(form.get("what") or "")),
        form=GEOJSON if name.endswith(("json", ".geojson")) else CSV,
        on=day,
        known=looking.known(_look(desk, call), organisation.country, owner, day),
    )
    if isinstance(asked, Refused):
        raise Refusal(asked)
    await carried_out(desk, call, owner, asked, ref)
    return Redirect(f"{PATH}/{owner}/lists/{asked.id}", status_code=SEE_OTHER)


@get(PATH + "/{service:str}/lists/{id_:str}", opt=READ_LISTS, include_in_schema=False)
async def one_list(
    call: CallGiven, desk: DeskGiven, organisation: RegisterGiven, service: str, id_: str
) -> Template:
    """A list: what is wrong with it, or what it would change, and the way to stand for it."""
    owner = _own(call, service)
    found = shown(_look(desk, call), owner, id_)
    if found is None:
        raise Refusal(_no_such_list(id_))
    # What a person has to judge comes first; what ends is mostly long.
    moving = [each for sort in FIRST for each in found.differences if each.sort is sort]
    return page(
        call,
        "organisation/list.html",
        service=_line(organisation, organisation.on(organisation.today(call.now)), owner, service),
        line=_list_line(found.row),
        problems=found.problems,
        counts=found.counts,
        ground=found.ground,
        differences=moving[:DIFFERENCES_LIMIT],
        more_count=max(0, len(moving) - DIFFERENCES_LIMIT),
        words=Words(call.say, call.language, organisation.country),
        basis=lambda text: basis_in_words(call, text),
        may_settle=call.is_person and bool(call.account),
    )


@post(
    PATH + "/{service:str}/lists/{id_:str}/confirm",
    opt={"act": "organisation.confirm_import"},
    include_in_schema=False,
)
async def confirm(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, service: str, id_: str
) -> Response[Any]:
    """The person who is signed in stands for the list."""
    owner, form = _own(call, service), await request.form()
    content = ConfirmImport(id=id_, confirmer=call.account, ground=str(form.get("ground") or ""))
    await carried_out(desk, call, owner, content, f"confirm-{id_}-{content.ground}")
    return Redirect(f"{PATH}/{owner}/lists/{id_}", status_code=SEE_OTHER)


@post(
    PATH + "/{service:str}/lists/{id_:str}/reject",
    opt={"act": "organisation.reject_import"},
    include_in_schema=False,
)
async def reject(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, service: str, id_: str
) -> Response[Any]:
    """The list will not be used, for a reason."""
    owner, form = _own(call, service), await request.form()
    reason = Private(str(form.get("reason") or ""))
    content = RejectImport(id=id_, rejecter=call.account, reason=reason)
    await carried_out(desk, call, owner, content, None)
    return Redirect(f"{PATH}/{owner}/lists/{id_}", status_code=SEE_OTHER)


# What the pages show


def basis_in_words(call: Call, basis: str) -> str:
    """What a row stands on, in the caller's language."""
    for each in Basis:
        if basis.startswith(each):
            return call.say(f"organisation.basis.{each.name.lower()}")
    if basis.startswith("confirmed by"):
        return call.say("organisation.basis.confirmed")
    return basis


def _lines(register: Register, day: Day, area: OrganisationId) -> list[ServiceLine]:
    here = [service for service, placed in day.placements.items() if placed.owner == area]
    lines = [_line(register, day, service, service) for service in here]
    return sorted(lines, key=lambda line: line.name)


def _line(register: Register, day: Day, service: OrganisationId, otherwise: str) -> ServiceLine:
    told = day.services.get(service)
    known = {each.code: each for each in register.country.municipalities}
    covered = [known[code] for code in day.covered_by(service) if code in known]
    return ServiceLine(
        id=service,
        name=told.body.name if told else otherwise,
        municipalities=tuple(sorted(each.name for each in covered)),
        population=sum(each.population for each in covered),
        station_count=sum(each.service == service for each in day.stations.values()),
        unit_count=sum(each.service == service for each in day.units.values()),
        basis=told.body.basis if told else "",
    )


def _changes(call: Call, desk: Desk) -> list[Row]:
    rows = desk.query.rows(call.reader, CHANGE)
    return sorted(rows, key=lambda row: (str(row["on_day"]), str(row["subject"])))


def _list_line(row: Row) -> dict[str, Any]:
    return {
        **row,
        "id": str(row["subject"]).partition(":")[2],
        "received_at": instant_of(int(str(row["received_at_ms"]))),
    }


def _title(call: Call, named: Any) -> str:
    title: str = named.danish if call.language == "da" else named.english
    return title


def _day(asked: str | None, today: date) -> date:
    """The day that is asked for; today, when none is or it is no day."""
    try:
        return date.fromisoformat(asked) if asked else today
    except ValueError:
        return today


def _kind(asked: str) -> ListKind:
    return ListKind(asked) if asked in set(ListKind) else ListKind.STATIONS


def _look(desk: Desk, call: Call) -> looking.Look:
    return lambda view, where: desk.query.rows(call.reader, view, where)


def _own(call: Call, service: str) -> OrganisationId:
    """The organisation, when it is the caller's: its lists are nobody else's to see."""
    owner = OrganisationId(service)
    if owner not in call.organisations:
        raise Refusal(
            Refused(
                code="not_for_this_reader",
                says=f"The lists of {owner} are its own.",
                try_instead=f"Ask somebody at {owner}.",
                values={"owner": owner},
            )
        )
    return owner


def _no_such_service(service: str, on: date) -> Refused:
    return Refused(
        code="no_such_service",
        says=f"There is no service {service} on {on}.",
        try_instead="Look at another day.",
        values={"services": service, "on": on.isoformat()},
    )


def _no_such_list(id_: str) -> Refused:
    return Refused(
        code="no_such_import",
        says="There is no such list here.",
        try_instead="Look at the lists.",
        values={"id": id_},
    )


@get("/stations/{station:str}", opt=READ, include_in_schema=False)
async def one_station(call: CallGiven, organisation: RegisterGiven, station: str) -> Redirect:
    """Where a station stands: on the page of its service."""
    here = organisation.on(organisation.today(call.now)).stations.get(station)
    if here is None:
        raise Refusal(
            Refused(
                code="no_such_station",
                says=f"There is no station {station} today.",
                try_instead="Look for it under Organisation, or at another day.",
                values={"station": station},
            )
        )
    return Redirect(f"{PATH}/{here.service}#station-{station}", status_code=SEE_OTHER)


HANDLERS = (overview, one_service, one_station, lists, send, one_list, confirm, reject)
