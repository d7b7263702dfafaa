# SPDX-License-Identifier: Apache-2.0
"""Mandates that are asked for, over the programming interface."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.mandates.decisions import asking_for
from bavn.capabilities.mandates.decisions.requests import GIVEN_FOR, Because
from bavn.capabilities.mandates.facts import Act, Page
from bavn.capabilities.mandates.views.requests import Asked, RequestsGiven
from bavn.frame.forms import ASKED_API
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import REF_CHARACTERS_LIMIT, Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

READ = {"act": "mandates.read_mandates"}
ONE = ASKED_API + "/{asked_id:str}"
TEXT_LIMIT = 2_000
Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=REF_CHARACTERS_LIMIT)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""

    sender_ref: Ref | None = None


class AskBody(Body, frozen=True, kw_only=True):
    """Which act at whom; of whom, where it is not the nearest that has it."""

    act: Act
    at: OrganisationId
    of: OrganisationId | None = None
    why: Text = ""
    page: Page | None = None
    incident: str | None = None


class Given(StrEnum):
    """What may be answered."""

    GIVEN = "given"
    NOT_GIVEN = "not_given"


class AnswerBody(Body, frozen=True, kw_only=True):
    """Given, until an instant; or not, because."""

    answer: Given
    until: datetime | None = None
    because: Because = Because.OTHER
    text: Text = ""


class WithdrawBody(Body, frozen=True, kw_only=True):
    """It is needed no longer."""


class AskedList(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, the latest first."""

    items: list[Asked]
    next: str | None = None


@get(ASKED_API, opt=READ, summary="Mandates that are asked for, and what was answered")
async def requests(call: CallGiven, mandate_requests: RequestsGiven) -> AskedList:
    """Those of one's own organisations, and those asked of them."""
    return AskedList(items=mandate_requests.all(call))


@post(ASKED_API, opt={"act": "mandates.ask_for"}, summary="Ask one that has a mandate for it")
async def ask(
    data: JSONBody[AskBody], call: CallGiven, desk: DeskGiven, mandate_requests: RequestsGiven
) -> Asked:
    """The same that waits already is answered instead."""
    wish = asking_for.Wish(
        act=data.act,
        at=data.at,
        of=data.of,
        page=data.page,
        incident=data.incident,
        text=Private(data.why),
    )
    done = await asking_for.ask(desk, call, mandate_requests.asking, wish, data.sender_ref)
    if isinstance(done, Done):
        return mandate_requests.told_by(call, done.facts[0])
    return mandate_requests.the_one(call, done)


@post(ONE + "/answer", opt={"act": "mandates.answer_ask"}, summary="Give a mandate, or say why not")
async def answer(
    asked_id: str,
    data: JSONBody[AnswerBody],
    call: CallGiven,
    desk: DeskGiven,
    mandate_requests: RequestsGiven,
) -> Asked:
    """Nobody gives more than the organisation has."""
    asked = mandate_requests.the_one(call, asked_id)
    around, asking = mandate_requests.around, mandate_requests.asking
    waiting = asking_for.Waiting(id=asked.id, of=asked.of, act=asked.act, at=asked.at)
    is_given = data.answer is Given.GIVEN
    word = asking_for.Word(
        until=(data.until or call.now + GIVEN_FOR) if is_given else None,
        because=None if is_given else data.because.value,
        text=Private(data.text),
    )
    await asking_for.answer(desk, call, around, asking, waiting, word, data.sender_ref)
    return mandate_requests.the_one(call, asked_id)


@post(ONE + "/withdraw", opt={"act": "mandates.withdraw_ask"}, summary="Need a mandate no longer")
async def withdraw(
    asked_id: str,
    data: JSONBody[WithdrawBody],
    call: CallGiven,
    desk: DeskGiven,
    mandate_requests: RequestsGiven,
) -> Asked:
    """While it waits."""
    asked = mandate_requests.the_one(call, asked_id)
    await asking_for.withdraw(desk, call, asked.asker, asked.id, data.sender_ref)
    return mandate_requests.the_one(call, asked_id)


HANDLERS = (requests, ask, answer, withdraw)
