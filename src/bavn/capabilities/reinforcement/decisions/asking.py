# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike."""

import msgspec

from bavn.capabilities.reinforcement.decisions import (
    AnswerHelp,
    CallAssistance,
    DemandHelp,
    NoLongerNeed,
)
from bavn.capabilities.reinforcement.facts import Needed
from bavn.capabilities.reinforcement.ports import Around, Goal
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask for what."""

    of: tuple[OrganisationId, ...]
    needs: tuple[Needed, ...] = ()


async def call_assistance(
    desk: Desk, call: Call, around: Around, goal: Goal, wish: Wish, ref: str | None
) -> Done:
    """Have the technical leader's call told by the organisation that acts."""
    owner = _acting(call, goal)
    content = CallAssistance(
        incident=goal.incident, area=around.area_of(call, owner), of=wish.of, needs=wish.needs
    )
    return await carried_out(desk, call, owner, content, ref)


async def demand_help(
    desk: Desk, call: Call, around: Around, goal: Goal, wish: Wish, ref: str | None
) -> Done:
    """Have a council's demand told."""
    owner = _acting(call, goal)
    content = DemandHelp(
        incident=goal.incident, area=around.area_of(call, owner), of=wish.of, needs=wish.needs
    )
    return await carried_out(desk, call, owner, content, ref)


async def answer(  # noqa: PLR0913 - an answer, and what is said of it
    desk: Desk,
    call: Call,
    around: Around,
    of: OrganisationId,
    asked: str,
    *,
    coming: bool,
    units: tuple[str, ...],
    because: str | None,
    ref: str | None,
) -> Done:
    """Have one that was asked answer."""
    content = AnswerHelp(
        asked=asked, area=around.area_of(call, of), coming=coming, units=units, because=because
    )
    return await carried_out(desk, call, of, content, ref)


async def end(
    desk: Desk, call: Call, around: Around, owner: OrganisationId, asked: str, ref: str | None
) -> Done:
    """Have it told that something is needed no longer."""
    content = NoLongerNeed(asked=asked, area=around.area_of(call, owner))
    return await carried_out(desk, call, owner, content, ref)


def _acting(call: Call, goal: Goal) -> OrganisationId:
    """Who asks: the incident's own service where the caller acts for it, else the caller's own."""
    return goal.service if goal.service in call.organisations else call.actor.organisation
