# SPDX-License-Identifier: Apache-2.0
"""Objects in a list that is searched, and one card to look at and to print."""

from litestar import get
from litestar.response import Template

from bavn.capabilities.objects.model.card import CARD_FIELDS
from bavn.capabilities.objects.pages.words import basis
from bavn.capabilities.objects.views.cards import own_card
from bavn.capabilities.objects.views.looking import (
    READINGS_SHOWN,
    SHOWN_LIMIT,
    all_of,
    readings,
    searched,
)
from bavn.capabilities.objects.views.room import RoomGiven, own, the_object
from bavn.frame.forms import kept
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page


@get("/objects", opt={"act": "objects.read_objects"}, include_in_schema=False)
async def list_page(
    call: CallGiven, desk: DeskGiven, objects: RoomGiven, *, search: str = "", service: str = ""
) -> Template:
    """The objects of one's own services, those with the words that are looked for."""
    found = searched(all_of(desk.query, call.reader, service or None), search)
    own_services = sorted(call.reader.organisations)
    return kept(
        page(
            call,
            "objects/list.html",
            objects=found[:SHOWN_LIMIT],
            more_count=max(0, len(found) - SHOWN_LIMIT),
            search=search,
            service=service,
            services=[(each, objects.around.organisation(call, each)) for each in own_services],
            room=objects,
            may_change=call.is_person and bool(call.account),
        )
    )


@get(
    "/objects/{service:str}/{object_id:str}",
    opt={"act": "objects.read_card"},
    include_in_schema=False,
)
async def card_page(
    service: str, object_id: str, call: CallGiven, desk: DeskGiven, objects: RoomGiven
) -> Template:
    """One card. No copy of it is kept by the browser: it is opened anew each time."""
    here = the_object(desk, call, own(call, service), object_id)
    opened = await own_card(desk, call, objects.around, here)
    around = objects.around
    return page(
        call,
        "objects/card.html",
        here=here,
        opened=opened,
        fields=CARD_FIELDS,
        readings=readings(desk.query, call.reader, here)[:READINGS_SHOWN],
        room=objects,
        around=around,
        zone=around.zone,
        basis=basis(call, here.basis),
        now=call.now,
        may_change=call.is_person and bool(call.account),
    )


HANDLERS = (list_page, card_page)
