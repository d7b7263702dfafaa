# SPDX-License-Identifier: Apache-2.0
"""Action cards: listed, printed blank, written by a service, and ticked at an incident."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.centre.decisions import STEPS_LIMIT, TickStep, WriteCard
from bavn.capabilities.centre.pages.showing import Words, is_calibrated
from bavn.capabilities.centre.ports import Card, Owned, Room, RoomGiven
from bavn.capabilities.centre.views.cards import cards_of, done_of, fitting, ticks_of
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

READ = {"act": "centre.read_cards"}
# A script sends it, and shows the answer where the form was.
OUTBOX = "x-outbox"
HERE = "/incidents/{incident_id:str}/cards-part"


@get("/centre/cards", opt=READ, include_in_schema=False)
async def list_page(call: CallGiven, desk: DeskGiven, centre: RoomGiven) -> Template:
    """All cards that hold at the caller's organisation; each prints on a page of its own."""
    return _list(call, desk, centre)


@get("/centre/cards/{code:str}", opt={"act": "centre.write_card"}, include_in_schema=False)
async def card_page(code: str, call: CallGiven, desk: DeskGiven, centre: RoomGiven) -> Template:
    """A card to write: the service's own, the country's to begin with, or an empty one."""
    return _written(code, call, desk, centre)


@post("/centre/cards/{code:str}", opt={"act": "centre.write_card"}, include_in_schema=False)
async def write(
    request: AnyRequest, code: str, call: CallGiven, desk: DeskGiven, centre: RoomGiven
) -> Answer:
    """Keep it as the service's own."""
    form, owner = await Form.of(request), call.actor.organisation
    types = form.value("types").replace(",", " ").split()
    known = {*centre.around.types().values(), *(e.code for e in centre.around.groups(call))}
    unknown = [each for each in types if each not in known]
    if unknown:
        form.wrong["types"] = call.say("centre.wrong.types", names=", ".join(unknown))
        return _written(code, call, desk, centre, form)
    content = WriteCard(
        card=code,
        area=centre.around.area_of(call, owner),
        title=form.value("title"),
        types=tuple(types),
        steps=tuple(form.value("steps").splitlines()),
        function=form.value("function"),
    )
    try:
        await carried_out(desk, call, owner, content, form.ref)
    except Refusal as refusal:
        return _written(code, call, desk, centre, form, refusal)
    return Redirect("/centre/cards", status_code=SEE_OTHER)


@get(HERE, opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, desk: DeskGiven, centre: RoomGiven) -> Template:
    """The cards of one incident, as a part of its page."""
    return _part(incident_id, call, desk, centre)


@post(HERE, opt={"act": "centre.tick_step"}, include_in_schema=False)
async def tick(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, centre: RoomGiven
) -> Answer:
    """Tick a step, or take a tick back; the answer is the part as it stands then."""
    form = await Form.of(request)
    incident = centre.around.incident(call, incident_id)
    cards = _cards(desk, call, centre, incident)
    card = next((each for each in cards if each.code == form.value("card")), None)
    number = form.value("step")
    step = int(number) if number.isascii() and number.isdigit() and len(number) <= 2 else -1  # noqa: PLR2004 - as many as a card has
    if card is None or not 0 <= step < len(card.steps):
        raise Refusal(
            Refused(
                code="no_such_step",
                says="There is no such step on that card.",
                try_instead="Load the page again: the card has been written anew.",
            )
        )
    content = TickStep(
        incident=incident.id,
        area=incident.area,
        card=card.code,
        step=step,
        says=card.steps[step],
        done=form.value("done") != "0",
        account=call.account,
    )
    try:
        await carried_out(desk, call, incident.service, content, form.ref)
    except Refusal as refusal:
        if OUTBOX in request.headers:
            raise
        return _part(incident_id, call, desk, centre, refusal)
    if OUTBOX not in request.headers:
        return Redirect(f"/incidents/{incident_id}", status_code=SEE_OTHER)
    # The answer takes the place of the form that was sent.
    found = ticks_of(desk.query, call, incident.id).get((card.code, step))
    values: dict[str, Any] = {"card": card, "number": step, "step": card.steps[step], "tick": found}
    return page(call, "centre/card_step.html", incident=incident, **values, **_said(call, centre))


def _list(call: Call, desk: Desk, room: Room) -> Template:
    owner = call.actor.organisation
    cards = cards_of(desk.query, call, owner, room.around.cards(call.language))
    return kept(page(call, "centre/cards.html", cards=cards, **_said(call, room)))


def _written(
    code: str,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    cards = cards_of(desk.query, call, call.actor.organisation, room.around.cards(call.language))
    card = next((each for each in cards if each.code == code), None)
    typed: dict[str, str] = {}
    if card is not None:
        typed = {"title": card.title, "types": " ".join(card.types), "function": card.function}
        typed["steps"] = "\n".join(card.steps)
    answer = page(
        call,
        "centre/card.html",
        status=status_of(form, refusal),
        code=code,
        card=card,
        steps_limit=STEPS_LIMIT,
        typed=typed if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **_said(call, room),
    )
    return kept(answer)


def _part(
    incident_id: str, call: Call, desk: Desk, room: Room, refusal: Refusal | None = None
) -> Template:
    incident = room.around.incident(call, incident_id)
    ticks = ticks_of(desk.query, call, incident.id)
    cards = fitting(_cards(desk, call, room, incident), incident.type, incident.group)
    answer = page(
        call,
        "centre/cards_part.html",
        incident=incident,
        cards=[(each, done_of(ticks, each)) for each in cards],
        ticks=ticks,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **_said(call, room),
    )
    answer.headers["cache-control"] = "private, no-cache"
    return answer


def _cards(desk: Desk, call: Call, room: Room, incident: Owned) -> list[Card]:
    return cards_of(desk.query, call, incident.service, room.around.cards(call.language))


def _said(call: Call, room: Room) -> dict[str, Any]:
    return {
        "words": Words(call, room.around),
        "is_calibrated": is_calibrated,
        "groups": {each.code: each.name for each in room.around.groups(call)},
    }


HANDLERS = (list_page, card_page, write, part, tick)
