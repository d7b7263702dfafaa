# SPDX-License-Identifier: Apache-2.0
"""Ordering whose word holds: a service's own order in place of the country's."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.operations.facts import AuthorityOrdered
from bavn.capabilities.operations.model.authority import (
    FIELDS,
    HOLD_S_LIMIT,
    MOVING,
    Authority,
    authority_subject,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.refusal import Refused


class OrderAuthority(msgspec.Struct, frozen=True, kw_only=True):
    """Whose word is to hold about a field, the first above all; none for the country's own order.

    `hold_s` is for how long a word about a unit's status or place holds against a lower one.
    """

    field: str
    sources: tuple[str, ...] = ()
    hold_s: int | None = None


def order(
    authority: Authority, request: OrderAuthority, context: Context
) -> Sequence[Draft] | Refused:
    """The order, from now on: what was told before keeps the weight that it had."""
    known = sorted(set(authority.sources.values()))
    if request.field not in FIELDS:
        return _refused("no_such_field", request.field, FIELDS)
    wrong = [each for each in request.sources if each not in known]
    if wrong or len(set(request.sources)) < len(request.sources):
        return _refused("no_such_source", ", ".join(wrong or request.sources), known)
    hold_s = request.hold_s
    if hold_s is not None and (request.field not in MOVING or not 0 <= hold_s <= HOLD_S_LIMIT):
        return _refused("no_such_hold", str(hold_s), (f"{', '.join(MOVING)}: 0-{HOLD_S_LIMIT}",))
    if request.sources and request.field in MOVING and hold_s is None:
        # Who only changes the order keeps the time: a word that held for ever could hide a unit.
        stands = authority.orders.get(request.field)
        hold_s = 0 if stands is None else stands.hold_s
    body = AuthorityOrdered(field=request.field, sources=list(request.sources), hold_s=hold_s)
    about = (authority_subject(context.owner),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def _refused(code: str, given: str, known: Sequence[str]) -> Refused:
    values = {"given": given, "known": ", ".join(known)}
    return Refused(
        code=code,
        says=f"{given!r} is none of these: {values['known']}.",
        try_instead="Name one of them, each source once.",
        values=values,
    )
