# SPDX-License-Identifier: Apache-2.0
"""Who goes on for whom, for programs; and the acts of taking over, for who has a person behind."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.connections.decisions import acting
from bavn.capabilities.connections.model.contact import Contact, Way
from bavn.capabilities.connections.ports import CallGiven, DeskGiven, OwnerNow, TakeOversGiven
from bavn.capabilities.connections.views.asked import AskedNow, asked_now
from bavn.capabilities.connections.views.changes import Change, changes
from bavn.journal.decision import REF_CHARACTERS_LIMIT, Done
from bavn.kernel.identity import NodeId
from bavn.kernel.private import Private

PATH = "/api/v1/connections"
READ = {"act": "connections.read_take_overs"}
Ref = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=REF_CHARACTERS_LIMIT,
        description="The sender's own number of this request; a repeat is recognised by it.",
    ),
]
Said = Annotated[str, msgspec.Meta(min_length=1)]
Order = Annotated[int, msgspec.Meta(ge=1, le=99)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""


class TakeOverBody(Body, frozen=True, kw_only=True):
    """What was done to reach the centre, who decides, and why."""

    owner: str
    from_node: str
    contact: Contact
    tried_by: tuple[Way, ...]
    tried_at: datetime
    decider: Said
    called: Said
    reason: Said
    sender_ref: Ref | None = None


class NodeBody(Body, frozen=True, kw_only=True):
    """An organisation, and a node."""

    owner: str
    node: str
    sender_ref: Ref | None = None


class StandInBody(Body, frozen=True, kw_only=True):
    """Who may go on for an organisation, and when it is asked: the lowest order first."""

    owner: str
    node: str
    order: Order
    sender_ref: Ref | None = None


class AskBody(Body, frozen=True, kw_only=True):
    """What is asked of an organisation."""

    of: str
    text: Said
    sender_ref: Ref | None = None


class AnswerBody(Body, frozen=True, kw_only=True):
    """The answer of an organisation to what was asked of it."""

    of: str
    asked: str
    answer: str
    text: str | None = None
    sender_ref: Ref | None = None


class FactsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that it became. `repeated` when it had been done before."""

    facts: tuple[str, ...]
    repeated: bool


class TakeOversAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who goes on for whom now, and every change of it, the newest first."""

    owners: tuple[OwnerNow, ...]
    changes: tuple[Change, ...]


class AskedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, the unanswered first."""

    asked: tuple[AskedNow, ...]


@get(
    PATH + "/take-overs",
    opt=READ,
    summary="Which node goes on for each organisation, which may, and what was taken over",
)
async def read_take_overs(
    call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> TakeOversAnswer:
    """All of them. `claims` has more than one where nobody has said which of several holds."""
    return TakeOversAnswer(
        owners=tuple(take_overs.owners(call)), changes=tuple(await changes(desk, call))
    )


@post(
    PATH + "/take-overs",
    opt={"act": "connections.take_over"},
    summary="Go on here for an organisation whose node is silent",
)
async def take_over(
    data: JSONBody[TakeOverBody], call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> FactsAnswer:
    """Refused while the node is heard, without its word; and without a documented try to call."""
    told = acting.Documented(
        contact=data.contact,
        tried_by=tuple(data.tried_by),
        tried_at=data.tried_at,
        decider=Private(data.decider),
        called=Private(data.called),
        reason=Private(data.reason),
        from_node=NodeId(data.from_node),
    )
    return _done(await acting.take_over(desk, call, take_overs, data.owner, told, data.sender_ref))


@post(
    PATH + "/hand-backs",
    opt={"act": "connections.hand_back"},
    summary="Give an organisation back to a node that had it before",
)
async def hand_back(
    data: JSONBody[NodeBody], call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> FactsAnswer:
    """Refused while that node is not heard."""
    return _done(
        await acting.hand_back(desk, call, take_overs, data.owner, data.node, data.sender_ref)
    )


@post(
    PATH + "/stand-ins",
    opt={"act": "connections.name_stand_in"},
    summary="Name a node that may go on for an organisation",
)
async def name_stand_in(
    data: JSONBody[StandInBody], call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> FactsAnswer:
    """From then on it is told what it would need, and at once what is open already."""
    return _done(
        await acting.name_stand_in(
            desk,
            call,
            take_overs,
            data.owner,
            node=data.node,
            order=data.order,
            ref=data.sender_ref,
        )
    )


@post(
    PATH + "/stand-ins/endings",
    opt={"act": "connections.end_stand_in"},
    summary="Have a node go on for an organisation no longer",
)
async def end_stand_in(
    data: JSONBody[NodeBody], call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> FactsAnswer:
    """From then on nothing more is told to it; what it holds stays there until it is erased."""
    return _done(
        await acting.end_stand_in(desk, call, take_overs, data.owner, data.node, data.sender_ref)
    )


@post(
    PATH + "/claims",
    opt={"act": "connections.settle_claim"},
    summary="Say which of several nodes goes on for an organisation",
)
async def settle_claim(
    data: JSONBody[NodeBody], call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> FactsAnswer:
    """For who stands above the organisation."""
    return _done(
        await acting.settle_claim(desk, call, take_overs, data.owner, data.node, data.sender_ref)
    )


@get(
    PATH + "/asked",
    opt={"act": "connections.read_asked"},
    summary="What was asked of whom: kept, heard, answered",
)
async def read_asked(call: CallGiven, desk: DeskGiven) -> AskedAnswer:
    """What the caller's organisations asked, and what was asked of them."""
    return AskedAnswer(asked=tuple(await asked_now(desk, call)))


@post(PATH + "/asked", opt={"act": "connections.ask"}, summary="Ask another organisation")
async def ask(
    data: JSONBody[AskBody], call: CallGiven, desk: DeskGiven, take_overs: TakeOversGiven
) -> FactsAnswer:
    """It is kept here at once, and told to whom it is for as soon as that one is heard."""
    text = Private(data.text)
    return _done(await acting.ask(desk, call, take_overs, data.of, text, data.sender_ref))


@post(
    PATH + "/asked/answers",
    opt={"act": "connections.answer_asked"},
    summary="Answer what was asked",
)
async def answer(data: JSONBody[AnswerBody], call: CallGiven, desk: DeskGiven) -> FactsAnswer:
    """`taken` or `declined`."""
    return _done(
        await acting.answer(
            desk,
            call,
            data.of,
            data.asked,
            given=data.answer,
            text=None if data.text is None else Private(data.text),
            ref=data.sender_ref,
        )
    )


def _done(done: Done) -> FactsAnswer:
    return FactsAnswer(facts=done.facts, repeated=done.repeated)


HANDLERS = (
    read_take_overs,
    take_over,
    hand_back,
    name_stand_in,
    end_stand_in,
    settle_claim,
    read_asked,
    ask,
    answer,
)
