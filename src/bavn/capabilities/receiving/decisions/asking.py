# SPDX-License-Identifier: Apache-2.0
"""Asking for rules and codes, for pages and programming interface alike."""

from datetime import date

import msgspec

from bavn.capabilities.receiving.model.requests import MapAlarmCode, SetAlarmRule
from bavn.capabilities.receiving.model.rule import Units
from bavn.capabilities.receiving.ports import Around
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as somebody wants it."""

    type: str
    sends: bool
    units: Units
    valid_from: date
    valid_to: date | None
    reason: Private


async def set_rule(
    desk: Desk, call: Call, around: Around, owner: OrganisationId, wanted: Wanted, ref: str | None
) -> Done:
    """Have a rule hold, for a type that there is."""
    _known(around, wanted.type)
    content = SetAlarmRule(
        type=wanted.type,
        sends=wanted.sends,
        units=wanted.units,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        setter=_setter(call),
        reason=wanted.reason,
    )
    return await carried_out(desk, call, owner, content, ref)


async def map_code(
    desk: Desk,
    call: Call,
    around: Around,
    owner: OrganisationId,
    code: tuple[str, str | None],
    ref: str | None,
) -> Done:
    """Have a code stand for a type that there is, or for nothing any more."""
    told, type_ = code
    if type_ is not None:
        _known(around, type_)
    content = MapAlarmCode(code=told, type=type_, setter=_setter(call))
    return await carried_out(desk, call, owner, content, ref)


def _setter(call: Call) -> str:
    return call.account if call.is_person else ""


def _known(around: Around, type_: str) -> None:
    if not around.is_type(type_):
        raise Refusal(
            Refused(
                code="no_such_code",
                says=f"{type_[:32]} is no type of incident of the country.",
                try_instead="Choose one from the list.",
                values={"code": type_[:32]},
            )
        )
