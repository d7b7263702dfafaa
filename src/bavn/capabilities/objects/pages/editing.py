# SPDX-License-Identifier: Apache-2.0
"""The form of an object: a new one, one that is changed, and one that is over."""

from collections.abc import Mapping

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.objects.decisions import asking
from bavn.capabilities.objects.model.card import CARD_FIELDS, Card, Told
from bavn.capabilities.objects.model.lists import REQUIRED, cells_of, row_faults, told_in
from bavn.capabilities.objects.views.cards import own_card
from bavn.capabilities.objects.views.looking import ObjectHere
from bavn.capabilities.objects.views.room import Room, RoomGiven, own, the_object
from bavn.codecs.sheets import Cells
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

DESCRIBE = {"act": "objects.describe"}
ONE = "/objects/{service:str}/{object_id:str}"
FIELDS = ("id", "name", "sort", "address", "municipality", "lat", "lon", "alarm_numbers")


@get("/objects/new", opt=DESCRIBE, include_in_schema=False)
async def new_page(call: CallGiven, objects: RoomGiven) -> Template:
    """The empty form."""
    return _shown(call, objects, {}, None)


@post("/objects/new", opt=DESCRIBE, include_in_schema=False)
async def describe_new(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, objects: RoomGiven
) -> Answer:
    """Have there be another object; one of that id is not replaced by mistake."""
    form = await Form.of(request)
    owner, cells = own(call, form.value("service") or call.actor.organisation), _cells(form)
    _read(form, cells, objects, call)
    if not form.wrong and objects.has(desk, call, owner, cells["id"]):
        form.wrong["id"] = call.say("objects.wrong.id_taken")
    if form.wrong:
        return _shown(call, objects, form.typed, None, form)
    try:
        await asking.describe(desk, call, owner, cells["id"], told_in(cells), form.ref)
    except Refusal as refusal:
        return _shown(call, objects, form.typed, None, form, refusal)
    return Redirect(f"/objects/{owner}/{cells['id']}", status_code=SEE_OTHER)


@get(ONE + "/edit", opt=DESCRIBE, include_in_schema=False)
async def edit_page(
    service: str, object_id: str, call: CallGiven, desk: DeskGiven, objects: RoomGiven
) -> Template:
    """The form as it stands; only who may read a card may write it anew."""
    here = the_object(desk, call, own(call, service), object_id)
    opened = await own_card(desk, call, objects.around, here)
    if here.sealed is not None and opened.card is None:
        raise Refusal(
            Refused(
                code="cards_are_shut",
                says="Cards are open to people who may read personal data.",
                try_instead="Ask somebody at the service who may.",
            )
        )
    told = Told(described=here.described, card=opened.card or Card())
    return _shown(call, objects, cells_of(here.id, told), here)


@post(ONE + "/edit", opt=DESCRIBE, include_in_schema=False)
async def describe(
    request: AnyRequest,
    service: str,
    object_id: str,
    call: CallGiven,
    desk: DeskGiven,
    objects: RoomGiven,
) -> Answer:
    """Have the object be what was typed, whole."""
    here = the_object(desk, call, own(call, service), object_id)
    form = await Form.of(request)
    cells = {**_cells(form), "id": here.id}
    _read(form, cells, objects, call)
    if form.wrong:
        return _shown(call, objects, form.typed, here, form)
    try:
        await asking.describe(desk, call, here.owner, here.id, told_in(cells), form.ref)
    except Refusal as refusal:
        return _shown(call, objects, form.typed, here, form, refusal)
    return Redirect(f"/objects/{here.owner}/{here.id}", status_code=SEE_OTHER)


@post(ONE + "/end", opt=DESCRIBE, include_in_schema=False)
async def end(
    request: AnyRequest, service: str, object_id: str, call: CallGiven, desk: DeskGiven
) -> Answer:
    """Have the object be over."""
    form, owner = await Form.of(request), own(call, service)
    await asking.end(desk, call, owner, object_id, form.ref)
    return Redirect("/objects", status_code=SEE_OTHER)


def _cells(form: Form) -> Cells:
    typed = {name: form.value(name) for name in (*FIELDS, *CARD_FIELDS)}
    # People choose a municipality by its name; the list that is offered has both.
    typed["municipality"] = typed["municipality"].partition(" ")[0]
    return {name: value for name, value in typed.items() if value}


def _read(form: Form, cells: Cells, room: Room, call: Call) -> None:
    """Note what is wrong, each fault at its field; one sentence for each column."""
    for column, _ in row_faults(cells, room.known()):
        lacks = column in REQUIRED and column not in cells
        name = "objects.wrong.empty" if lacks else f"objects.wrong.{_sort_of(column)}"
        form.wrong[column] = call.say(name)


def _sort_of(column: str) -> str:
    return "too_long" if column in {"name", "sort", "address", *CARD_FIELDS} else column


def _shown(
    call: Call,
    room: Room,
    typed: Mapping[str, str],
    here: ObjectHere | None,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    around = room.around
    return page(
        call,
        "objects/edit.html",
        status=status_of(form, refusal),
        here=here,
        typed=typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        fields=CARD_FIELDS,
        municipalities=around.municipalities,
        services=[
            (each, around.organisation(call, each)) for each in sorted(call.reader.organisations)
        ],
    )


HANDLERS = (new_page, describe_new, edit_page, describe, end)
