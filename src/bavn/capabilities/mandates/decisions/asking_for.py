# SPDX-License-Identifier: Apache-2.0
"""Asking for a mandate and answering, for pages and programming interface alike."""

import re
from datetime import datetime

import msgspec

from bavn.capabilities.mandates.decisions.requests import (
    AnswerMandate,
    AskForMandate,
    WithdrawAsk,
)
from bavn.capabilities.mandates.ports import Around, Asking
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# A page about an incident, whatever is done there.
_INCIDENT = re.compile(r"/incidents/([A-Za-z0-9._-]{1,95})(?:/|$)")
# As the fact's own pattern has it.
_PAGE = re.compile(r"/(?:[A-Za-z0-9_.:~-]+/?)*")
PAGE_CHARACTERS_LIMIT = 200


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """For which act at whom, of whom, and where somebody stood when it was missing."""

    act: str
    at: OrganisationId
    of: OrganisationId | None = None
    page: str | None = None
    incident: str | None = None
    text: Private


async def ask(desk: Desk, call: Call, asking: Asking, wish: Wish, ref: str | None) -> Done | str:
    """Have it asked; the number of what waits already, where the same was asked before."""
    missing = asking.missing(call, wish.act, wish.at)
    if missing.has_it or not missing.may_ask or not missing.to_ask:
        raise Refusal(_nothing_to_ask(wish))
    of = wish.of or missing.to_ask[0]
    if of not in missing.to_ask:
        raise Refusal(_does_not_hold(of))
    content = AskForMandate(
        of=of,
        act=wish.act,
        at=wish.at,
        page=page_of(wish.page),
        incident=wish.incident or incident_of(call, asking, wish.page),
        text=wish.text,
    )
    try:
        return await carried_out(desk, call, call.actor.organisation, content, ref)
    except Refusal as refusal:
        if refusal.refused.code != "mandate_asked_already":
            raise
        # A second click, or a colleague in the same function: it is one request.
        return refusal.refused.values["asked"]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: until when, or why not."""

    until: datetime | None = None
    because: str | None = None
    text: Private


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for an answer."""

    id: str
    of: OrganisationId
    act: str
    at: OrganisationId


async def answer(  # noqa: PLR0913, PLR0917 - what is answered to what, and how it is known
    desk: Desk,
    call: Call,
    around: Around,
    asking: Asking,
    waiting: Waiting,
    word: Word,
    ref: str | None,
) -> Done:
    """Have it given or not; nobody gives more than his organisation has."""
    of = waiting.of
    if word.until is not None and not asking.holds(call, of, waiting.act, waiting.at):
        raise Refusal(_does_not_hold(of))
    content = AnswerMandate(
        area=around.area_of(call, of),
        asked=waiting.id,
        until=word.until,
        because=word.because,
        text=word.text,
    )
    return await carried_out(desk, call, of, content, ref)


async def withdraw(
    desk: Desk, call: Call, asker: OrganisationId, asked: str, ref: str | None
) -> Done:
    """Have it told that it is needed no longer."""
    return await carried_out(desk, call, asker, WithdrawAsk(asked=asked), ref)


def page_of(path: str | None) -> str | None:
    """A page of ours that one can go back to; None for anything else."""
    if path is None or len(path) > PAGE_CHARACTERS_LIMIT:
        return None
    return path if _PAGE.fullmatch(path) else None


def incident_of(call: Call, asking: Asking, page: str | None) -> str | None:
    """The incident that a page is about, where it is one that the caller knows."""
    found = _INCIDENT.match(page or "")
    if found is None or asking.incident(call, found[1]) is None:
        return None
    return found[1]


def _nothing_to_ask(wish: Wish) -> Refused:
    return Refused(
        code="mandate_not_to_be_asked",
        says=f"A mandate for {wish.act[:64]} cannot be asked for, or is not missing.",
        try_instead="Look at who may do what.",
        values={"act": wish.act[:64]},
    )


def _does_not_hold(of: OrganisationId) -> Refused:
    return Refused(
        code="does_not_hold_it",
        says=f"{of} has no such mandate to give.",
        try_instead="Ask one that has it.",
        values={"organisation": of},
    )
