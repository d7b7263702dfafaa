# SPDX-License-Identifier: Apache-2.0
"""Notices: what holds, comes and is over, a form to tell one; and parts of others' pages."""

from datetime import datetime, timedelta
from functools import partial

from litestar import get, post
from litestar.response import Template

from bavn.capabilities.notices.decisions import LASTS_LIMIT, asking
from bavn.capabilities.notices.facts import (
    LINK_CHARACTERS_LIMIT,
    SOURCE_CHARACTERS_LIMIT,
    TEXT_CHARACTERS_LIMIT,
    TITLE_CHARACTERS_LIMIT,
    Where,
)
from bavn.capabilities.notices.model.notice import Notice
from bavn.capabilities.notices.views.room import READ, TELL, WITHDRAW, Room, RoomGiven
from bavn.capabilities.notices.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import Answer, AnyRequest, Form, acted, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven, IsOpenToGiven
from bavn.frame.page import page

PATH, READING = "/notices", {"act": READ}
# At a head and beside an incident; the page of notices has all of them.
HEAD_LIMIT = 4
EVERYWHERE = "everywhere"
# What most warnings last; the sender's own time is typed over it.
USUALLY = timedelta(hours=6)


@get(PATH, opt=READING, include_in_schema=False)
async def overview(call: CallGiven, notices: RoomGiven, is_open_to: IsOpenToGiven) -> Template:
    """What holds, what comes, what is over, and a form for whoever may tell one."""
    return _overview(call, notices, is_open_to)


@get("/notices/head-part", opt=READING, include_in_schema=False)
async def head_part(call: CallGiven, notices: RoomGiven) -> Template:
    """What holds now, for the head of the picture and of a board; empty where nothing does."""
    found = notices.holding(call.now)
    serious = [each for each in found if notices.is_serious(each)]
    mild = [each for each in found if not notices.is_serious(each)]
    return _shown(call, notices, "notices/head_part.html", found=found, serious=serious, mild=mild)


@get("/incidents/{incident_id:str}/serious-notices-part", opt=READING, include_in_schema=False)
async def serious_part(incident_id: str, call: CallGiven, notices: RoomGiven) -> Template:
    """What is serious of what holds where an incident is; empty where nothing is."""
    return _at_incident(call, notices, incident_id, serious=True)


@get("/incidents/{incident_id:str}/notices-part", opt=READING, include_in_schema=False)
async def incident_part(incident_id: str, call: CallGiven, notices: RoomGiven) -> Template:
    """The rest of what holds there."""
    return _at_incident(call, notices, incident_id, serious=False)


@post(PATH, opt={"act": TELL}, include_in_schema=False)
async def tell(
    request: AnyRequest,
    call: CallGiven,
    desk: DeskGiven,
    notices: RoomGiven,
    is_open_to: IsOpenToGiven,
) -> Answer:
    """Tell a notice by hand."""

    async def act(form: Form) -> None:
        telling = _telling(form, call, notices)
        if telling is not None:
            await asking.tell(desk, call, notices.around, telling, form.ref)

    return await acted(request, partial(_overview, call, notices, is_open_to), PATH, act)


@post("/notices/{notice_id:str}/withdraw", opt={"act": WITHDRAW}, include_in_schema=False)
async def withdraw(
    request: AnyRequest,
    notice_id: str,
    call: CallGiven,
    desk: DeskGiven,
    notices: RoomGiven,
    is_open_to: IsOpenToGiven,
) -> Answer:
    """Take one back that the own organisation has told."""

    async def act(form: Form) -> None:
        await asking.withdraw(desk, call, notices.around, notice_id, form.ref)

    return await acted(request, partial(_overview, call, notices, is_open_to), PATH, act)


def _telling(form: Form, call: Call, room: Room) -> asking.Telling | None:
    begins, ends = (_instant(form, call, room, name) for name in ("from", "to"))
    for name, known in (("kind", room.kinds), ("step", room.steps)):
        if form.value(name) not in known:
            form.wrong[name] = call.say("notices.wrong.choice")
    for name in ("title", "source"):
        if not form.value(name):
            form.wrong[name] = call.say("notices.wrong.missing")
    everywhere, municipalities = bool(form.value(EVERYWHERE)), form.values("municipality")
    if not everywhere and not municipalities:
        form.wrong["municipality"] = call.say("notices.wrong.nowhere")
    if form.wrong or begins is None or ends is None:
        return None
    return asking.Telling(
        # A form is numbered by the browser; without a script it is one of its own each time.
        number=form.ref or f"{call.account}-{call.now.isoformat()}",
        kind=form.value("kind"),
        step=form.value("step"),
        title=form.value("title"),
        text=form.value("text"),
        source=form.value("source"),
        link=form.value("link"),
        valid_from=begins,
        valid_to=ends,
        where=Where(everywhere=everywhere, municipalities=municipalities),
    )


def _instant(form: Form, call: Call, room: Room, name: str) -> datetime | None:
    """An instant as a browser's field gives it, in the country's own time."""
    try:
        return datetime.fromisoformat(form.value(name)).replace(tzinfo=room.around.zone)
    except ValueError:
        form.wrong[name] = call.say("notices.wrong.instant")
        return None


def _overview(
    call: Call,
    room: Room,
    is_open_to: IsOpenToGiven,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    own = room.around.covered(call.actor.organisation, call.now)
    named = room.around.municipalities
    local = call.now.astimezone(room.around.zone)
    return _shown(
        call,
        room,
        "notices/notices.html",
        form,
        refusal,
        sections=(
            ("now", room.holding(call.now)),
            ("coming", room.coming(call.now)),
            ("over", room.over(call.now)),
        ),
        own=call.actor.organisation,
        own_places=[each for each in named if each.code in own],
        other_places=[each for each in named if each.code not in own],
        chosen=() if form is None else form.values("municipality"),
        may_tell=is_open_to(call, TELL),
        may_withdraw=is_open_to(call, WITHDRAW),
        begins=f"{local:%Y-%m-%dT%H:%M}",
        ends=f"{local + USUALLY:%Y-%m-%dT%H:%M}",
        days_limit=LASTS_LIMIT.days,
        limits={
            "title": TITLE_CHARACTERS_LIMIT,
            "text": TEXT_CHARACTERS_LIMIT,
            "source": SOURCE_CHARACTERS_LIMIT,
            "link": LINK_CHARACTERS_LIMIT,
        },
    )


def _at_incident(call: Call, room: Room, incident: str, *, serious: bool) -> Template:
    spot = room.around.spot(call, incident)
    found: list[Notice] = [] if spot is None else room.at(spot, call.now)
    shown = [each for each in found if room.is_serious(each) is serious]
    return _shown(call, room, "notices/incident_part.html", found=shown, serious=serious)


def _shown(
    call: Call,
    room: Room,
    template: str,
    form: Form | None = None,
    refusal: Refusal | None = None,
    **values: object,
) -> Template:
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        room=room,
        words=Words(call, room),
        limit=HEAD_LIMIT,
        # What begins and ends by the clock is told by nobody.
        again=any(not each.is_over(call.now) for each in room.all()),
        now=call.now,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **values,
    )
    return kept(answer)


PAGES = (overview, head_part, serious_part, incident_part, tell, withdraw)
