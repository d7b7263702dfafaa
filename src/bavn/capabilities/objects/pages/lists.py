# SPDX-License-Identifier: Apache-2.0
"""A whole list of objects: sent, looked at, and confirmed by a person.

What was sent goes back to the browser that sent it and comes again with the confirmation: a list of
door codes lies nowhere but sealed in what it became.
"""

from typing import Any

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template

from bavn.capabilities.objects.decisions import asking
from bavn.capabilities.objects.model.lists import BYTES_LIMIT, OPTIONAL, REQUIRED, Sort
from bavn.capabilities.objects.pages.words import fault
from bavn.capabilities.objects.views.room import Looked, Room, RoomGiven, confirmable, own
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import CONFLICT, SEE_OTHER, Answer, AnyRequest, in_words
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page

PATH = "/object-lists"
# Shown one by one; the rest is counted.
SHOWN_LIMIT = 400


@get(PATH, opt={"act": "objects.describe"}, include_in_schema=False)
async def lists_page(call: CallGiven, objects: RoomGiven) -> Template:
    """Where a list is sent, and what it has to hold."""
    return _shown(call, objects, call.actor.organisation, None)


@post(PATH, opt={"act": "objects.describe"}, include_in_schema=False)
async def send(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, objects: RoomGiven
) -> Template:
    """Show what a list would change, or all that is wrong with it."""
    form = await request.form()
    owner = own(call, str(form.get("service") or call.actor.organisation))
    upload = form.get("file")
    raw = await upload.read() if isinstance(upload, UploadFile) else b""
    return _shown(call, objects, owner, await objects.looked(desk, call, owner, raw))


@post(PATH + "/confirm", opt={"act": "objects.confirm_list"}, include_in_schema=False)
async def confirm(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, objects: RoomGiven
) -> Answer:
    """Have the list hold, if it still changes what was looked at."""
    form = await request.form()
    owner = own(call, str(form.get("service") or call.actor.organisation))
    looked = await objects.looked(desk, call, owner, str(form.get("list") or "").encode())
    try:
        digest = confirmable(looked, str(form.get("ground") or ""))
        await asking.tell_list(
            desk, call, owner, digest=digest, found=looked.found, wanted=looked.wanted
        )
    except Refusal as refusal:
        return _shown(call, objects, owner, looked, in_words(call, refusal.refused))
    return Redirect(f"/objects?service={owner}", status_code=SEE_OTHER)


def _shown(
    call: Call,
    room: Room,
    owner: str,
    looked: Looked | None,
    refused: tuple[str, str] | None = None,
) -> Template:
    around = room.around
    found: dict[str, Any] = (
        {}
        if looked is None
        else {
            "counts": [(each, looked.count(each)) for each in Sort],
            "moving": looked.moving[:SHOWN_LIMIT],
            "more_count": max(0, len(looked.moving) - SHOWN_LIMIT),
        }
    )
    return page(
        call,
        "objects/lists.html",
        status=200 if refused is None else CONFLICT,
        owner=owner,
        owner_name=around.organisation(call, owner),
        services=[
            (each, around.organisation(call, each)) for each in sorted(call.reader.organisations)
        ],
        looked=looked,
        fault=lambda each: fault(call, each),
        refused=refused,
        required=REQUIRED,
        optional=OPTIONAL,
        size_limit=BYTES_LIMIT // 1024,
        may_confirm=call.is_person and bool(call.account),
        **found,
    )


HANDLERS = (lists_page, send, confirm)
