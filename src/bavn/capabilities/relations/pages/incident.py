# SPDX-License-Identifier: Apache-2.0
"""A part of the incident's page: what it is the same as, what may be, and its events."""

from collections.abc import Awaitable, Callable

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.relations.decisions import asking
from bavn.capabilities.relations.facts import NAME_CHARACTERS_LIMIT
from bavn.capabilities.relations.model.likeness import Seen
from bavn.capabilities.relations.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.country import Basis
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

PATH = "/incidents/{incident_id:str}"
READ = {"act": "relations.read_relations"}
# What a person looks through; the likeliest and the newest come first.
CHOICES_LIMIT = 60


@get(PATH + "/relations-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, relations: RoomGiven) -> Template:
    """The part of the incident's page."""
    one = relations.around.incident(call, incident_id)
    return _shown(one, call, relations, template="relations/part.html")


@get(PATH + "/alike-part", opt=READ, include_in_schema=False)
async def alike_part(incident_id: str, call: CallGiven, relations: RoomGiven) -> Template:
    """A part of the page after the report: whether it may have been reported before."""
    one = relations.around.incident(call, incident_id)
    return _shown(one, call, relations, template="relations/alike.html")


@get(PATH + "/relations", opt=READ, include_in_schema=False)
async def whole_page(incident_id: str, call: CallGiven, relations: RoomGiven) -> Template:
    """The same as a page of its own."""
    return _shown(relations.around.incident(call, incident_id), call, relations)


@post(PATH + "/merge", opt={"act": "relations.say_same"}, include_in_schema=False)
async def merge(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, relations: RoomGiven
) -> Answer:
    """Say that it is the same as another; the eldest leads where nobody says otherwise."""

    async def act(form: Form, one: Seen) -> None:
        other = relations.around.incident(call, form.value("other"))
        into, merged = asking.eldest_first(one, other)
        if form.value("leads"):
            into, merged = (one, other) if form.value("leads") == one.id else (other, one)
        await asking.say_same(desk, call, merged, into, form.ref)

    return await _acted(request, incident_id, call, relations, ("other",), act)


@post(PATH + "/apart", opt={"act": "relations.say_apart"}, include_in_schema=False)
async def apart(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, relations: RoomGiven
) -> Answer:
    """Say that it is not the same as another, or no longer counts as one with it."""

    async def act(form: Form, one: Seen) -> None:
        other = relations.around.incident(call, form.value("other"))
        await asking.say_apart(desk, call, one, other, form.ref)

    return await _acted(request, incident_id, call, relations, ("other",), act)


@post(PATH + "/tie", opt={"act": "relations.tie"}, include_in_schema=False)
async def tie(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, relations: RoomGiven
) -> Answer:
    """Tie it to an event that there is, or to a new one."""

    async def act(form: Form, one: Seen) -> None:
        event, name = form.value("event"), form.value("name")
        if name:
            ref = None if form.ref is None else f"{form.ref}/event"
            event = await asking.name_event(desk, call, relations.around, name, ref)
        await asking.tie(desk, call, relations.around, event, one.id, form.ref)

    return await _acted(request, incident_id, call, relations, ("event", "name"), act)


@post(PATH + "/untie", opt={"act": "relations.untie"}, include_in_schema=False)
async def untie(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, relations: RoomGiven
) -> Answer:
    """Take it out of an event."""

    async def act(form: Form, one: Seen) -> None:
        event = form.value("event")
        await asking.untie(desk, call, relations.around, event, one.id, form.ref)

    return await _acted(request, incident_id, call, relations, ("event",), act)


async def _acted(
    request: AnyRequest,
    incident_id: str,
    call: Call,
    relations: Room,
    one_of: tuple[str, ...],
    act: Callable[[Form, Seen], Awaitable[None]],
) -> Answer:
    """The incident as it stands afterwards, or the form again with what is wrong."""
    form, one = await Form.of(request), relations.around.incident(call, incident_id)
    if not any(form.value(name) for name in one_of):
        form.wrong[one_of[0]] = call.say(f"relations.wrong.{one_of[0]}")
    if len(form.value("name")) > NAME_CHARACTERS_LIMIT:
        form.wrong["name"] = call.say("relations.wrong.name", count=NAME_CHARACTERS_LIMIT)
    if form.wrong:
        return _shown(one, call, relations, form)
    try:
        await act(form, one)
    except Refusal as refusal:
        return _shown(one, call, relations, form, refusal)
    return Redirect(f"/incidents/{incident_id}", status_code=SEE_OTHER)


def _shown(
    one: Seen,
    call: Call,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    template: str = "relations/page.html",
) -> Template:
    around, found = room.around, room.of(call, one)
    whole = {*room.together().whole(one.id)}
    alike = {each.incident: each for each in found.maybe_same}
    newest = [each for each in around.newest_open(call, CHOICES_LIMIT) if each.id not in whole]
    likely = [seen for each in alike if (seen := around.known(call, each)) is not None]
    others = [*likely, *(each for each in newest if each.id not in alike)]
    events = [each for each in room.events() if each.id not in {own.id for own in found.events}]

    def named(incident: str) -> str:
        seen = around.known(call, incident)
        return incident if seen is None else around.label(call, seen)

    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        one=one,
        relations=found,
        named=named,
        name_of=lambda organisation: around.name_of(call, organisation),
        owner_of=room.owner_of,
        others=[("", ""), *((each.id, around.label(call, each)) for each in others)],
        # There may be older ones that are still open.
        is_cut=len(newest) + 1 >= CHOICES_LIMIT,
        events=[("", ""), *((each.id, each.name) for each in events)],
        is_own=one.service in call.organisations,
        is_calibrated=around.nearness.basis.startswith(Basis.CALIBRATION),
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


PAGES = (part, alike_part, whole_page, merge, apart, tie, untie)
