# SPDX-License-Identifier: Apache-2.0
"""Objects: listed, one with its card, described, ended, whole lists, and at an incident."""

from typing import Any

from litestar import Request, get, post, put
from litestar.params import JSONBody

from bavn.capabilities.objects.api.bodies import (
    AtObjectAnswer,
    DiffersAnswer,
    DoneAnswer,
    FaultAnswer,
    LinkBody,
    ListAnswer,
    ObjectAnswer,
    ObjectBody,
    ObjectList,
    RefBody,
    answer_of,
)
from bavn.capabilities.objects.decisions import asking
from bavn.capabilities.objects.model.card import CARD_FIELDS, Card, Described, Told
from bavn.capabilities.objects.model.requests import LinkObject
from bavn.capabilities.objects.views.cards import at_incident, own_card
from bavn.capabilities.objects.views.looking import (
    READINGS_SHOWN,
    SHOWN_LIMIT,
    all_of,
    readings,
    searched,
)
from bavn.capabilities.objects.views.room import (
    Looked,
    RoomGiven,
    confirmable,
    own,
    the_object,
)
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import Done

LIST = "/api/v1/objects"
ONE = LIST + "/{service:str}/{object_id:str}"
WHOLE = "/api/v1/services/{service:str}/objects"
AT = "/api/v1/incidents/{incident_id:str}/object"


@get(LIST, opt={"act": "objects.read_objects"}, summary="Objects of one's own, without cards")
async def listed(
    call: CallGiven, desk: DeskGiven, *, service: str | None = None, search: str = ""
) -> ObjectList:
    """Those with all the words that are looked for, by name."""
    found = searched(all_of(desk.query, call.reader, service), search)
    return ObjectList(items=list(map(answer_of, found[:SHOWN_LIMIT])), total=len(found))


@get(ONE, opt={"act": "objects.read_card"}, summary="One object with its card")
async def one_object(
    service: str, object_id: str, call: CallGiven, desk: DeskGiven, objects: RoomGiven
) -> ObjectAnswer:
    """That the card was read is kept."""
    here = the_object(desk, call, own(call, service), object_id)
    opened = await own_card(desk, call, objects.around, here)
    found = answer_of(here)
    return ObjectAnswer(
        id=found.id,
        service=found.service,
        described=found.described,
        basis=found.basis,
        is_over=found.is_over,
        changed_at=found.changed_at,
        why=opened.why,
        card=opened.card,
        readings=tuple(readings(desk.query, call.reader, here)[:READINGS_SHOWN]),
    )


@put(ONE, opt={"act": "objects.describe"}, summary="Say what an object is, and what is on its card")
async def describe(
    service: str, object_id: str, data: JSONBody[ObjectBody], call: CallGiven, desk: DeskGiven
) -> DoneAnswer:
    """By a person, who stands for it; what was said before is replaced whole."""
    told = Told(
        described=Described(
            name=data.name,
            sort=data.sort,
            address=data.address,
            municipality=data.municipality,
            lat=None if data.place is None else data.place.lat,
            lon=None if data.place is None else data.place.lon,
            alarm_numbers=tuple(dict.fromkeys(data.alarm_numbers)),
        ),
        card=Card(**{name: getattr(data.card, name) for name in CARD_FIELDS}),
    )
    owner = own(call, service)
    done = await asking.describe(desk, call, owner, object_id, told, data.sender_ref)
    return _done(object_id, done)


@post(ONE + "/end", opt={"act": "objects.describe"}, summary="Say that there is no such object")
async def end(
    service: str, object_id: str, data: JSONBody[RefBody], call: CallGiven, desk: DeskGiven
) -> DoneAnswer:
    """It is kept, and found no more."""
    done = await asking.end(desk, call, own(call, service), object_id, data.sender_ref)
    return _done(object_id, done)


@post(
    WHOLE + "/check",
    opt={"act": "objects.describe"},
    summary="What a whole list of objects (CSV) would change, and all that is wrong with it",
    status_code=200,
)
async def check(
    service: str,
    request: Request[Any, Any, Any],
    call: CallGiven,
    desk: DeskGiven,
    objects: RoomGiven,
) -> ListAnswer:
    """Nothing is changed. `ground` names what was looked at."""
    looked = await objects.looked(desk, call, own(call, service), await request.body())
    return _looked(looked)


@put(
    WHOLE,
    opt={"act": "objects.confirm_list"},
    summary="Have a whole list of objects (CSV) hold that was looked at",
)
async def confirm(
    service: str,
    request: Request[Any, Any, Any],
    call: CallGiven,
    desk: DeskGiven,
    objects: RoomGiven,
    *,
    ground: str,
) -> ListAnswer:
    """By a person, who stands for it: objects that are not on it are over."""
    owner = own(call, service)
    looked = await objects.looked(desk, call, owner, await request.body())
    digest = confirmable(looked, ground)
    told = await asking.tell_list(
        desk, call, owner, digest=digest, found=looked.found, wanted=looked.wanted
    )
    return _looked(looked, told)


@get(
    AT, opt={"act": "objects.read_card"}, summary="The object that an incident is at, and its card"
)
async def at(
    incident_id: str, call: CallGiven, desk: DeskGiven, objects: RoomGiven
) -> AtObjectAnswer:
    """As far as the caller may know it. That the card was read is kept."""
    return AtObjectAnswer(at=await at_incident(desk, call, objects.around, incident_id))


@post(AT, opt={"act": "objects.link_incident"}, summary="Say which object an incident is at")
async def link(
    incident_id: str,
    data: JSONBody[LinkBody],
    call: CallGiven,
    desk: DeskGiven,
    objects: RoomGiven,
) -> DoneAnswer:
    """An object of whoever owns the incident."""
    at_ = objects.around.incident(call, incident_id)
    the_object(desk, call, own(call, at_.service), data.object)
    content = LinkObject(incident=incident_id, object=data.object, by="hand")
    return _done(incident_id, await asking.link(desk, call, at_.service, content, data.sender_ref))


def _looked(looked: Looked, told_count: int = 0) -> ListAnswer:
    return ListAnswer(
        row_count=len(looked.wanted),
        faults=tuple(FaultAnswer(where=each.where, says=each.says) for each in looked.faults),
        differences=tuple(
            DiffersAnswer(id=each.id, name=each.name, sort=each.sort.value, fields=each.fields)
            for each in looked.moving
        ),
        ground=looked.ground,
        told_count=told_count,
    )


def _done(id_: str, done: Done) -> DoneAnswer:
    return DoneAnswer(id=id_, facts=tuple(done.facts), repeated=done.repeated)


HANDLERS = (listed, one_object, describe, end, check, confirm, at, link)
