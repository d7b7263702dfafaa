# SPDX-License-Identifier: Apache-2.0
"""Who goes on for whom; taking an organisation over, step by step; and handing it back."""

from collections.abc import Awaitable, Callable

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.connections.decisions import acting
from bavn.capabilities.connections.model.contact import Contact, Way
from bavn.capabilities.connections.ports import (
    CallGiven,
    DeskGiven,
    OwnerNow,
    TakeOvers,
    TakeOversGiven,
)
from bavn.capabilities.connections.views.changes import changes
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import (
    SEE_OTHER,
    Answer,
    AnyRequest,
    Form,
    in_words,
    kept,
    status_of,
)
from bavn.frame.page import page
from bavn.kernel.identity import NodeId

PATH = "/connections/take-over"
READ = {"act": "connections.read_take_overs"}
# An order that a person types; there are some centres, and not a hundred.
ORDER_MOST = 99


@get(PATH, opt=READ, include_in_schema=False)
async def front(call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven) -> Template:
    """Every organisation: who goes on for it, who may, and what has been taken over."""
    return await _front(call, desk, take_overs)


@get(PATH + "/{owner:str}", opt=READ, include_in_schema=False)
async def one(owner: str, call: CallGiven, take_overs: TakeOversGiven) -> Template:
    """One organisation: what taking over means, what is known, and the form."""
    return _one(call, take_overs, acting.owner_of(take_overs, call, owner))


@post(PATH + "/{owner:str}", opt={"act": "connections.take_over"}, include_in_schema=False)
async def take_over(
    request: AnyRequest, owner: str, call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> Answer:
    """Take over, when what was done to reach the centre is written down."""
    form, known = await Form.of(request), acting.owner_of(take_overs, call, owner)
    contact = form.value("contact")
    if contact not in frozenset(Contact):
        form.wrong["contact"] = call.say("take_over.wrong.contact")
        return _one(call, take_overs, known, form)
    told = acting.Documented(
        contact=Contact(contact),
        tried_by=tuple(way for way in form.values("tried_by") if way in frozenset(Way)),
        tried_at=take_overs.local(form.value("tried_at")),
        decider=form.private("decider"),
        called=form.private("called"),
        reason=form.private("reason"),
        from_node=NodeId(form.value("from_node")),
    )
    try:
        await acting.take_over(desk, call, take_overs, owner, told, form.ref)
    except Refusal as refusal:
        return _one(call, take_overs, known, form, refusal)
    return Redirect(PATH, status_code=SEE_OTHER)


@post(
    PATH + "/{owner:str}/hand-back",
    opt={"act": "connections.hand_back"},
    include_in_schema=False,
)
async def hand_back(
    request: AnyRequest, owner: str, call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> Answer:
    """Give an organisation back."""
    form = await Form.of(request)

    async def act() -> object:
        node = form.value("node")
        return await acting.hand_back(desk, call, take_overs, owner, node, form.ref)

    return await _acted(call, desk, take_overs, act)


@post(
    PATH + "/{owner:str}/stand-ins",
    opt={"act": "connections.name_stand_in"},
    include_in_schema=False,
)
async def name_stand_in(
    request: AnyRequest, owner: str, call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> Answer:
    """Name who may go on for an organisation."""
    form = await Form.of(request)
    typed = form.value("order")
    order = int(typed) if typed.isascii() and typed.isdigit() else 1

    async def act() -> object:
        return await acting.name_stand_in(
            desk,
            call,
            take_overs,
            owner,
            node=form.value("node"),
            order=min(order, ORDER_MOST),
            ref=form.ref,
        )

    return await _acted(call, desk, take_overs, act)


@post(
    PATH + "/{owner:str}/stand-ins/end",
    opt={"act": "connections.end_stand_in"},
    include_in_schema=False,
)
async def end_stand_in(
    request: AnyRequest, owner: str, call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> Answer:
    """Have a node go on for an organisation no longer."""
    form = await Form.of(request)

    async def act() -> object:
        node = form.value("node")
        return await acting.end_stand_in(desk, call, take_overs, owner, node, form.ref)

    return await _acted(call, desk, take_overs, act)


@post(PATH + "/{owner:str}/claim", opt={"act": "connections.settle_claim"}, include_in_schema=False)
async def settle_claim(
    request: AnyRequest, owner: str, call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> Answer:
    """Say which of several holds."""
    form = await Form.of(request)

    async def act() -> object:
        node = form.value("node")
        return await acting.settle_claim(desk, call, take_overs, owner, node, form.ref)

    return await _acted(call, desk, take_overs, act)


async def _acted(
    call: Call, desk: Desk, takes: TakeOvers, act: Callable[[], Awaitable[object]]
) -> Answer:
    try:
        await act()
    except Refusal as refusal:
        return await _front(call, desk, takes, refusal)
    return Redirect(PATH, status_code=SEE_OTHER)


async def _front(
    call: Call, desk: Desk, takes: TakeOvers, refusal: Refusal | None = None
) -> Template:
    answer = page(
        call,
        "connections/take_overs.html",
        status=status_of(None, refusal),
        owners=takes.owners(call),
        changes=await changes(desk, call),
        conflict_count=len(takes.conflicts(call)),
        takes=takes,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


def _one(
    call: Call,
    takes: TakeOvers,
    owner: OwnerNow,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    answer = page(
        call,
        "connections/take_over.html",
        status=status_of(form, refusal),
        owner=owner,
        ways=tuple(Way),
        nodes=[(each.node, each.name) for each in takes.nodes(call) if each != owner.host],
        takes=takes,
        now=call.now,
        typed={} if form is None else form.typed,
        chosen=() if form is None else form.values("tried_by"),
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


HANDLERS = (front, one, take_over, hand_back, name_stand_in, end_stand_in, settle_claim)
