# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: describing, ending, lists, links."""

from collections.abc import Iterable, Mapping

from bavn.capabilities.objects.model.card import Told
from bavn.capabilities.objects.model.lists import Difference, Sort
from bavn.capabilities.objects.model.requests import (
    OBJECTS_PER_REQUEST,
    ConfirmObjectList,
    LinkObject,
    Telling,
    TellObjects,
    sealed_text,
)
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused

NOT_A_PERSON = Refused(
    code="no_confirmer",
    says="An object is described by a person with a name.",
    try_instead="Sign in as yourself, and do it again.",
)


def confirmer_of(call: Call) -> str:
    """The account of the person who stands for it; ends the handler for a machine."""
    if not (call.is_person and call.account):
        raise Refusal(NOT_A_PERSON)
    return call.account


async def describe(
    desk: Desk, call: Call, owner: OrganisationId, id_: str, told: Told, ref: str | None
) -> Done:
    """Have an object be what a person says that it is."""
    content = TellObjects(told=(_telling(id_, told),), confirmer=confirmer_of(call))
    return await carried_out(desk, call, owner, content, ref)


async def end(desk: Desk, call: Call, owner: OrganisationId, id_: str, ref: str | None) -> Done:
    """Have an object be over."""
    content = TellObjects(ended=(id_,), confirmer=confirmer_of(call))
    return await carried_out(desk, call, owner, content, ref)


async def link(
    desk: Desk, call: Call, owner: OrganisationId, content: LinkObject, ref: str | None
) -> Done:
    """Have it kept that an incident is at an object."""
    return await carried_out(desk, call, owner, content, ref)


async def tell_list(
    desk: Desk,
    call: Call,
    owner: OrganisationId,
    *,
    digest: str,
    found: Iterable[Difference],
    wanted: Mapping[str, Told],
) -> int:
    """Have a list hold that a person has looked at; how many objects that has changed.

    Its pieces are requests with numbers of their own: confirmed again after a crash, what was told
    is known, and the rest is told.
    """
    account, all_ = confirmer_of(call), list(found)
    count = {sort: sum(each.sort is sort for each in all_) for sort in Sort}
    confirmed = ConfirmObjectList(
        digest=digest,
        confirmer=account,
        row_count=len(wanted),
        added_count=count[Sort.ADDED],
        changed_count=count[Sort.CHANGED],
        ended_count=count[Sort.ENDED],
    )
    await carried_out(desk, call, owner, confirmed, f"object-list-{digest}")
    moving = [each for each in all_ if each.sort is not Sort.SAME]
    for at in range(0, len(moving), OBJECTS_PER_REQUEST):
        piece = moving[at : at + OBJECTS_PER_REQUEST]
        content = TellObjects(
            told=tuple(_telling(each.id, wanted[each.id]) for each in piece if each.id in wanted),
            ended=tuple(each.id for each in piece if each.id not in wanted),
            confirmer=account,
            of_list=True,
        )
        await carried_out(desk, call, owner, content, f"object-list-{digest}-{at}")
    return len(moving)


def _telling(id_: str, told: Told) -> Telling:
    return Telling(id=id_, described=told.described, card=sealed_text(told.card))
