# SPDX-License-Identifier: Apache-2.0
"""Acting, for pages and programming interface alike: what a person asked, and what came of it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.connections.decisions.asking import AnswerAsked, Ask
from bavn.capabilities.connections.decisions.settling import SettleConflict
from bavn.capabilities.connections.decisions.taking_over import HandBack, TakeOver
from bavn.capabilities.connections.model.contact import Contact
from bavn.capabilities.connections.ports import OwnerNow, TakeOvers
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.conflicts import Conflict
from bavn.journal.decision import Done
from bavn.journal.trust.deciding import EndStandIn, NameStandIn, SettleClaim
from bavn.journal.trust.statements import ClaimSettled, StandInEnded, StandInNamed
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class Documented(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to reach the centre, as it was written down."""

    contact: Contact
    tried_by: tuple[str, ...]
    tried_at: datetime | None
    decider: Private
    called: Private
    reason: Private
    # The host that the one who decides was shown.
    from_node: NodeId


def owner_of(takes: TakeOvers, call: Call, owner: str) -> OwnerNow:
    """Who goes on for an organisation; a refusal when nobody knows it."""
    for each in takes.owners(call):
        if each.id == owner:
            return each
    raise Refusal(
        Refused(
            code="no_such_owner",
            says=f"No node hosts {owner}.",
            try_instead="Look up what it is called on the page of connections.",
            values={"owner": owner},
        )
    )


async def take_over(
    desk: Desk, call: Call, takes: TakeOvers, owner: str, told: Documented, ref: str | None
) -> Done:
    """Have this node go on for an organisation."""
    known = owner_of(takes, call, owner)
    host = known.host
    content = TakeOver(
        of=known.id,
        from_node=told.from_node,
        contact=told.contact,
        tried_by=told.tried_by,
        tried_at=told.tried_at,
        decider=told.decider,
        called=told.called,
        reason=told.reason,
        is_heard=host is not None and host.is_heard,
        heard_at=None if host is None else host.heard_at,
    )
    return await carried_out(desk, call, takes.seat(call), content, ref)


async def hand_back(
    desk: Desk, call: Call, takes: TakeOvers, owner: str, node: str, ref: str | None
) -> Done:
    """Give an organisation back to a node that had it before."""
    known = owner_of(takes, call, owner)
    to = next((each for each in known.before if each.node == node), None)
    content = HandBack(
        node=NodeId(node),
        is_heard=to is not None and to.is_heard,
        conflict_count=sum(each.owner == known.id for each in takes.conflicts(call)),
    )
    return await carried_out(desk, call, known.id, content, ref)


async def name_stand_in(  # noqa: PLR0913 - who, for whom, in which order
    desk: Desk,
    call: Call,
    takes: TakeOvers,
    owner: str,
    *,
    node: str,
    order: int,
    ref: str | None,
) -> Done:
    """Name a node that may go on for an organisation."""
    known = owner_of(takes, call, owner)
    if node not in {each.node for each in takes.nodes(call)}:
        raise Refusal(
            Refused(
                code="no_node_called",
                says=f"No node is called {node}.",
                try_instead="Choose one of those on the page of connections.",
                values={"node": node},
            )
        )
    named = StandInNamed(owner=known.id, stand_in=NodeId(node), order=order)
    teller = known.id if known.is_here else takes.seat(call)
    return await carried_out(desk, call, teller, NameStandIn(named=named), ref)


async def end_stand_in(
    desk: Desk, call: Call, takes: TakeOvers, owner: str, node: str, ref: str | None
) -> Done:
    """Have a node stand in for an organisation no longer; what it was told it still has."""
    known = owner_of(takes, call, owner)
    if node not in {each.node for each in known.stand_ins}:
        raise Refusal(
            Refused(
                code="no_such_stand_in",
                says=f"{node} does not stand in for {known.id}.",
                try_instead="Look at the page again: it says who does.",
                values={"node": node, "owner": known.id},
            )
        )
    ended = StandInEnded(owner=known.id, stand_in=NodeId(node))
    teller = known.id if known.is_here else takes.seat(call)
    return await carried_out(desk, call, teller, EndStandIn(ended=ended), ref)


async def settle_claim(
    desk: Desk, call: Call, takes: TakeOvers, owner: str, node: str, ref: str | None
) -> Done:
    """Say which of several that claim an organisation goes on for it."""
    known = owner_of(takes, call, owner)
    if node not in {each.node for each in known.claims}:
        raise Refusal(
            Refused(
                code="no_such_claim",
                says=f"{node} does not claim to go on for {owner}.",
                try_instead="Choose one of those that do.",
                values={"node": node, "owner": owner},
            )
        )
    settled = ClaimSettled(owner=known.id, epoch=known.epoch, node=NodeId(node))
    return await carried_out(desk, call, takes.seat(call), SettleClaim(settled=settled), ref)


def conflict_of(takes: TakeOvers, call: Call, owner: str, subject: str) -> Conflict:
    """The conflict about a subject; a refusal when there is none that the caller may read."""
    for each in takes.conflicts(call):
        if (each.owner, each.subject) == (owner, subject):
            return each
    raise Refusal(
        Refused(
            code="no_such_conflict",
            says=f"There is no open conflict about {subject}.",
            try_instead="It may be settled: look at the list of conflicts.",
            values={"subject": subject},
        )
    )


async def settle_conflict(  # noqa: PLR0913 - which, what holds, and why
    desk: Desk,
    call: Call,
    owner: str,
    subject: str,
    *,
    keeps: str,
    weighed: Sequence[str],
    reason: Private,
    ref: str | None,
) -> Done:
    """Say which course of a subject holds."""
    content = SettleConflict(
        subject=Subject(subject),
        keeps=keeps,
        weighed=tuple(map(FactId, weighed)),
        reason=reason,
    )
    return await carried_out(desk, call, OrganisationId(owner), content, ref)


async def ask(
    desk: Desk, call: Call, takes: TakeOvers, of: str, text: Private, ref: str | None
) -> Done:
    """Ask another organisation for something."""
    known = owner_of(takes, call, of)
    return await carried_out(desk, call, takes.seat(call), Ask(of=known.id, text=text), ref)


async def answer(  # noqa: PLR0913 - which, what, and in whose name
    desk: Desk,
    call: Call,
    of: str,
    asked: str,
    *,
    given: str,
    text: Private | None,
    ref: str | None,
) -> Done:
    """Answer what was asked of an organisation that is hosted here."""
    content = AnswerAsked(asked=Subject(asked), answer=given, text=text)
    return await carried_out(desk, call, OrganisationId(of), content, ref)
