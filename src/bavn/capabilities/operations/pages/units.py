# SPDX-License-Identifier: Apache-2.0
"""One unit: where it stands and is, what it has said, and buttons for its next move."""

from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from bavn.capabilities.operations.decisions import SetUnitStatus, asking, unit_subject
from bavn.capabilities.operations.model.unit import MOVES, UnitStatus, status_in
from bavn.capabilities.operations.pages.forms import Form
from bavn.capabilities.operations.pages.given import RoomGiven
from bavn.capabilities.operations.pages.showing import is_calibrated, units_of
from bavn.capabilities.operations.ports import CallGiven, DeskGiven, area_told
from bavn.capabilities.operations.views.doubted import doubted_units
from bavn.capabilities.operations.views.incidents import incident
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.story import story
from bavn.capabilities.operations.views.units import Unit, WantedUnits
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import CONFLICT, HEADERS, UNPROCESSABLE, AnyRequest, in_words
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

SEE_OTHER: Final = 303
READ = {"act": "operations.read_units"}
# What fits on a screen, twice over.
PAGE_LIMIT = 50
# `status` is a word of the answer's own in a handler.
Status = Annotated[str, QueryParameter(name="status")]


@get(["/units", "/units/list-part"], opt=READ, include_in_schema=False)
async def list_page(  # noqa: PLR0913 - what a list may be asked for
    request: AnyRequest,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    standing: Status = "",
    area: str = "",
    service: str = "",
    after: str = "",
) -> Template:
    """Units by their ids: where each stands, and whether that is still so."""
    asked = _Asked(standing, area, service, after)
    # Alone, its living part is the list without the page around it.
    is_part = request.url.path.endswith("/list-part")
    template = "operations/units_part.html" if is_part else "operations/units.html"
    return _listed(asked, call, desk, operations, template)


class _Asked(NamedTuple):
    """What a list was asked for."""

    status: str
    area: str
    service: str
    after: str


def _listed(asked: _Asked, call: Call, desk: Desk, room: Room, template: str) -> Template:
    status, on = status_in(asked.status), call.now.date()
    wanted = WantedUnits(
        on=on,
        service=asked.service or None,
        area=asked.area or None,
        status=status,
        limit=PAGE_LIMIT,
        after=asked.after or None,
    )
    found, further = units_of(desk, room).list(call.reader, wanted)
    words, every = Words(call, room), [("", call.say("operations.page.all"))]
    chosen = asked._replace(status=status or "")._asdict()
    answer = page(
        call,
        template,
        units=doubted_units(found, room.doubts.now()),
        next=further,
        words=words,
        at_incidents=_at_incidents(call, desk, room, words, found),
        chosen=chosen,
        query=urlencode({name: str(value) for name, value in chosen.items() if value}),
        statuses=[*every, *((each.value, words.status(each)) for each in UnitStatus)],
        areas=[*every, *((each.id, each.name) for each in room.territory.areas(on))],
    )
    answer.headers.update(HEADERS)
    return answer


def _at_incidents(
    call: Call, desk: Desk, room: Room, words: Words, units: list[Unit]
) -> dict[str, str]:
    """What the incidents are called that these units are at."""
    names = {each.incident for each in units if each.incident is not None}
    found = (incident(desk.query, call.reader, room.types, each) for each in sorted(names))
    return {each.id: words.type(each.type) for each in found if each is not None}


@get("/units/{unit_id:str}", opt=READ, include_in_schema=False)
async def unit_page(
    unit_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Template:
    """One unit."""
    return await _shown(unit_id, call, desk, operations)


@get("/units/{unit_id:str}/now-part", opt=READ, include_in_schema=False)
async def now_part(
    unit_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Template:
    """Where it stands and is, as a living part of its page."""
    return await _shown(unit_id, call, desk, operations, template="operations/unit_now.html")


@get("/units/{unit_id:str}/log-part", opt=READ, include_in_schema=False)
async def log_part(
    unit_id: str, call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Template:
    """All that it has said, as a living part of its page."""
    return await _shown(unit_id, call, desk, operations, template="operations/log_part.html")


@post(
    "/units/{unit_id:str}/status",
    opt={"act": "operations.set_unit_status"},
    include_in_schema=False,
)
async def set_status(
    request: Request[Any, Any, Any],
    unit_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
) -> Response[Any]:
    """Say where the unit stands."""
    form, on = await Form.of(request, call), call.now.date()
    units, status = units_of(desk, operations), status_in(form.value("status"))
    units.the_unit(call.reader, unit_id, on)
    if status is None:
        form.wrong["status"] = call.say("operations.wrong.status")
        return await _shown(unit_id, call, desk, operations, form)
    owner, area, registered = units.whose(call, unit_id, on)
    content = SetUnitStatus(
        unit=unit_id,
        area=area_told(operations.territory, owner, area, on),
        status=status,
        incident=form.value("incident") or None,
        registered=registered,
        usual=operations.is_usual(call.actor.function, status),
    )
    try:
        await asking.set_status(desk, call, owner, content, form.ref)
    except Refusal as refusal:
        return await _shown(unit_id, call, desk, operations, form, refusal.refused)
    return Redirect(f"/units/{unit_id}", status_code=SEE_OTHER)


async def _shown(  # noqa: PLR0913 - a page, and a page that comes back
    unit_id: str,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refused: Refused | None = None,
    *,
    template: str = "operations/unit.html",
) -> Template:
    unit = units_of(desk, room).the_unit(call.reader, unit_id, call.now.date())
    (unit,) = doubted_units([unit], room.doubts.now())
    words = Words(call, room)
    status = CONFLICT if refused else UNPROCESSABLE if form is not None else 200
    expected = _next(unit.status)
    others = [each for each in UnitStatus if each not in expected and each != unit.status]
    lines = await story(desk, call, words, unit_subject(unit_id), [unit.service])
    answer = page(
        call,
        template,
        status=status,
        unit=unit,
        at_incident=unit.incident and incident(desk.query, call.reader, room.types, unit.incident),
        words=words,
        is_calibrated=is_calibrated(unit.basis),
        moves=[(each.value, words.status(each)) for each in expected],
        jumps=[("", ""), *((each.value, words.status(each)) for each in others)],
        lines=lines[::-1],
        problems={} if form is None else form.wrong,
        refused=None if refused is None else in_words(call, refused),
    )
    answer.headers.update(HEADERS)
    return answer


def _next(status: UnitStatus | None) -> list[UnitStatus]:
    """The expected moves, the next step of a turn-out first; before the first word all are open."""
    if status is None:
        return list(UnitStatus)
    order = list(UnitStatus)
    here = order.index(status)

    def steps_ahead(each: UnitStatus) -> tuple[bool, bool, int]:
        is_aside = each is UnitStatus.ON_RADIO
        return each is UnitStatus.NOT_READY, is_aside, (order.index(each) - here) % len(order)

    return sorted(MOVES[status], key=steps_ahead)
