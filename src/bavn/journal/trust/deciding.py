# SPDX-License-Identifier: Apache-2.0
"""Stating something about trust: the requests, and the refusal of what nobody would heed.

Whether it would be heeded is asked of the same fold that every node makes of it afterwards.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bavn.journal.decision import Context, Decision, Reading
from bavn.journal.fact import Draft
from bavn.journal.trust.fold import fold
from bavn.journal.trust.standing import Teller
from bavn.journal.trust.statements import (
    Body,
    ClaimSettled,
    Granted,
    KeyChanged,
    KeyRevoked,
    NodeJoined,
    StandInEnded,
    StandInNamed,
    Statement,
)
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import FactId, OrganisationId, Subject
from bavn.kernel.instants import ms_of
from bavn.kernel.refusal import Refused


class InviteNode(msgspec.Struct, frozen=True, kw_only=True):
    """Take a node in under its parent, with what it is to host."""

    joined: NodeJoined
    grants: tuple[Granted, ...] = ()


class GrantOrganisation(msgspec.Struct, frozen=True, kw_only=True):
    """Have a node host an organisation from an epoch on."""

    granted: Granted


class NameStandIn(msgspec.Struct, frozen=True, kw_only=True):
    """Name a node that may take an organisation over."""

    named: StandInNamed


class EndStandIn(msgspec.Struct, frozen=True, kw_only=True):
    """Have a node stand in for an organisation no longer."""

    ended: StandInEnded


class SettleClaim(msgspec.Struct, frozen=True, kw_only=True):
    """Say which of several claims to one epoch holds."""

    settled: ClaimSettled


class ChangeKey(msgspec.Struct, frozen=True, kw_only=True):
    """Go on with another key from this node's next incarnation on."""

    changed: KeyChanged


class RevokeKey(msgspec.Struct, frozen=True, kw_only=True):
    """Believe a node's key no further than what is named."""

    revoked: KeyRevoked


_Content = (
    InviteNode | GrantOrganisation | NameStandIn | EndStandIn | SettleClaim | ChangeKey | RevokeKey
)


def _bodies(content: _Content) -> tuple[Body, ...]:
    match content:
        case InviteNode():
            return (content.joined, *content.grants)
        case (
            GrantOrganisation(granted=body)
            | NameStandIn(named=body)
            | EndStandIn(ended=body)
            | SettleClaim(settled=body)
            | ChangeKey(changed=body)
            | RevokeKey(revoked=body)
        ):
            return (body,)


def _about(body: Body) -> tuple[Subject, ...]:
    match body:
        case NodeJoined() | KeyChanged() | KeyRevoked():
            return (Subject(f"node:{body.node}"),)
        case Granted() | ClaimSettled():
            return (Subject(f"organisation:{body.owner}"), Subject(f"node:{body.node}"))
        case StandInNamed() | StandInEnded():
            return (Subject(f"organisation:{body.owner}"), Subject(f"node:{body.stand_in}"))


def unheeded(teller: Teller, bodies: Sequence[Body], now: datetime) -> str:
    """Why nobody would heed a node that stated this now; empty when all would."""
    now_ms = ms_of(now)
    told = [
        Statement(
            node=teller.node,
            # No fact has such an id: they are for this question alone.
            fact=FactId(f"to be told {number}"),
            incarnation=teller.incarnation,
            sequence=teller.sequence,
            tick=Tick(now_ms, number),
            body=body,
        )
        for number, body in enumerate(bodies)
    ]
    standing = teller.standing
    before = (each.statement for each in standing.kept.values())
    roster = fold(standing.base, [*before, *told])
    return next((why for each in told if (why := roster.unheeded.get(each.key))), "")


def _load(reading: Reading, _content: _Content, _owner: OrganisationId) -> Teller:
    return reading.teller()


def _decide(teller: Teller, content: _Content, context: Context) -> Sequence[Draft] | Refused:
    bodies = _bodies(content)
    why = unheeded(teller, bodies, context.now)
    if why:
        return Refused(
            code="no_authority",
            says=f"Nobody would heed it: {why}.",
            try_instead="Have it stated by the node above, or where trust begins.",
            values={"why": why},
        )
    return [Draft(body=body, about=_about(body), happened_at=context.now) for body in bodies]


TRUST_DECISIONS = tuple(
    Decision(act=f"journal.{act}", request=request, load=_load, decide=_decide)
    for act, request in (
        ("invite_node", InviteNode),
        ("grant_organisation", GrantOrganisation),
        ("name_stand_in", NameStandIn),
        ("end_stand_in", EndStandIn),
        ("settle_claim", SettleClaim),
        ("change_key", ChangeKey),
        ("revoke_key", RevokeKey),
    )
)
