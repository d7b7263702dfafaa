# SPDX-License-Identifier: Apache-2.0
"""Taking an organisation over, and handing it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.connections.facts import HandedBack, TakenOver
from bavn.capabilities.connections.model.contact import (
    Contact,
    Way,
    Why,
    may_take_over,
    missing,
    ways_left,
)
from bavn.journal.conflicts import RETURN, TAKE_OVER
from bavn.journal.decision import Context, Reading
from bavn.journal.fact import Draft
from bavn.journal.roster import Roster
from bavn.journal.trust.deciding import unheeded
from bavn.journal.trust.standing import Teller
from bavn.journal.trust.statements import Granted
from bavn.kernel.identity import NodeId, OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class TakeOver(msgspec.Struct, frozen=True, kw_only=True):
    """Go on here for an organisation whose own node is silent.

    `from_node` is the host that the one who decides was shown; `is_heard` and `heard_at` are what
    this node's lines say of it now.
    """

    of: OrganisationId
    from_node: NodeId
    contact: Contact
    tried_by: tuple[str, ...]
    tried_at: datetime | None
    decider: Private
    called: Private
    reason: Private
    is_heard: bool
    heard_at: datetime | None = None


class HandBack(msgspec.Struct, frozen=True, kw_only=True):
    """Give an organisation back to a node that had it before."""

    node: NodeId
    is_heard: bool
    conflict_count: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of trust, and how far each channel of the owner's hosts was heard."""

    teller: Teller
    heads: Mapping[str, int]

    @property
    def roster(self) -> Roster:
        """Who is who, as this node knows it now."""
        return self.teller.standing.roster


def standing(reading: Reading, of: OrganisationId) -> Standing:
    """What a take-over of an organisation is decided on."""
    teller = reading.teller()
    hosts = {grant.node for grant in teller.standing.roster.grants if grant.owner == of}
    return Standing(teller=teller, heads=reading.heads(hosts - {teller.node}))


def about(organisation: OrganisationId) -> Subject:
    """What a fact about who hosts an organisation is about."""
    return Subject(f"organisation:{organisation}")


def take_over(known: Standing, request: TakeOver, context: Context) -> Sequence[Draft] | Refused:
    """The grant of the next epoch to this node, and what it stands on; or what to do first."""
    refused = _not_takeable(known, request) or _not_documented(request, context)
    if refused is not None:
        return refused
    roster, here = known.roster, known.teller.node
    epoch = _epoch_after(roster, request.of)
    granted = Granted(
        owner=request.of,
        node=here,
        epoch=epoch,
        valid_from=None,
        valid_to=None,
        ground=TAKE_OVER,
        knew=dict(known.heads),
        decider=context.actor.function,
        under=(),
    )
    why = unheeded(known.teller, (granted,), context.now)
    if why:
        return _no_authority(why)
    tried_at = request.tried_at
    assert tried_at is not None, "what is not documented is refused"
    taken = TakenOver(
        of=request.of,
        node=here,
        from_node=request.from_node,
        epoch=epoch,
        contact=request.contact.value,
        tried_by=tuple(request.tried_by),
        tried_at=tried_at,
        heard_at=request.heard_at,
    )
    told = {"decider": request.decider, "called": request.called, "reason": request.reason}
    texts = {name: text for name, text in told.items() if text.reveal().strip()}
    subject = about(request.of)
    return [
        Draft(body=taken, about=(subject,), happened_at=context.now, seal=texts),
        Draft(
            body=granted,
            about=(subject, Subject(f"node:{here}")),
            happened_at=context.now,
        ),
    ]


def hand_back(known: Standing, request: HandBack, context: Context) -> Sequence[Draft] | Refused:
    """The grant of the next epoch to who had it before."""
    roster, here, of = known.roster, known.teller.node, context.owner
    had_it = any(each.owner == of and each.node == request.node for each in roster.grants)
    if request.node == here or not had_it:
        return Refused(
            code="not_to_hand_back",
            says=f"{request.node} is no node that {of} could be handed back to.",
            try_instead="Choose the node that it was taken over from.",
            values={"node": request.node, "owner": of},
        )
    if not request.is_heard:
        return Refused(
            code="hand_back_unheard",
            says=f"{request.node} is not heard now: nobody would write for {of}.",
            try_instead="Go on here until it is heard again, then hand it back.",
            values={"node": request.node, "owner": of},
        )
    epoch = _epoch_after(roster, of)
    granted = Granted(
        owner=of,
        node=request.node,
        epoch=epoch,
        valid_from=None,
        valid_to=None,
        ground=RETURN,
        knew={},
        decider=context.actor.function,
        under=(),
    )
    why = unheeded(known.teller, (granted,), context.now)
    if why:
        return _no_authority(why)
    handed = HandedBack(
        of=of,
        node=request.node,
        from_node=here,
        epoch=epoch,
        conflict_count=request.conflict_count,
    )
    subject = about(of)
    return [
        Draft(body=handed, about=(subject,), happened_at=context.now),
        Draft(
            body=granted,
            about=(subject, Subject(f"node:{request.node}")),
            happened_at=context.now,
        ),
    ]


def _not_takeable(known: Standing, request: TakeOver) -> Refused | None:
    """Why this node cannot take the organisation over at all."""
    roster, here, of = known.roster, known.teller.node, request.of
    claims = roster.claims_to(of)
    host = roster.host_of(of)
    if host is None and len(claims) > 1:
        nodes = ", ".join(claim.node for claim in claims)
        return Refused(
            code="claims_unsettled",
            says=f"{nodes} both go on for {of} already.",
            try_instead="Have whoever stands above say which of them holds, on this page.",
            values={"owner": of, "nodes": nodes},
        )
    if host is None:
        return Refused(
            code="no_such_owner",
            says=f"No node hosts {of}.",
            try_instead="Look up what it is called on the page of connections.",
            values={"owner": of},
        )
    if host == here:
        return Refused(
            code="hosted_here",
            says=f"This node goes on for {of} already.",
            try_instead="Nothing is to be taken over: write as usual.",
            values={"owner": of},
        )
    if not may_take_over(roster, here, of):
        named = ", ".join(each.node for each in roster.stand_ins.get(of, ())) or "-"
        return Refused(
            code="not_stand_in",
            says=f"{here} was not named to stand in for {of}, and does not stand above it.",
            try_instead=f"Call one of these: {named}; or the nation's situation centre.",
            values={"owner": of, "node": here, "named": named},
        )
    if host != request.from_node:
        return Refused(
            code="host_changed",
            says=f"{host} goes on for {of} by now, and no longer {request.from_node}.",
            try_instead="Look at the page again before you decide.",
            values={"owner": of, "host": host, "from_node": request.from_node},
        )
    return None


_SAYS: dict[Why, tuple[str, str]] = {
    Why.STILL_HEARD: (
        "{host} is heard now: its centre works.",
        "Call the centre. With their word by voice it can be taken over.",
    ),
    Why.NOT_TRIED: (
        "It is not documented that the centre was tried by: {left}.",
        "Try it on SINE and by telephone, then write both down.",
    ),
    Why.NO_TIME: ("It is not said when the centre was tried.", "Write down when."),
    Why.TOO_LONG_AGO: (
        "The centre was tried too long ago, or in the future.",
        "Try again now, and write down when.",
    ),
    Why.NOBODY_CALLED: (
        "It is not said who was called.",
        "Write down whom you spoke with or tried to reach.",
    ),
    Why.NO_DECIDER: ("It is not said who decides.", "Write the name of the person who decides."),
    Why.NO_REASON: ("There is no reason.", "Say in a sentence why it is taken over."),
}


def _not_documented(request: TakeOver, context: Context) -> Refused | None:
    """What has to be done, or written down, before it may be taken over."""
    empty = {
        Why.NO_DECIDER: request.decider,
        Why.NOBODY_CALLED: request.called,
        Why.NO_REASON: request.reason,
    }
    why = missing(
        request.contact,
        request.tried_by,
        request.tried_at,
        context.now,
        is_heard=request.is_heard,
    ) or next((each for each, text in empty.items() if not text.reveal().strip()), None)
    if why is None:
        return None
    says, try_instead = _SAYS[why]
    left = ", ".join(_CALLED[way] for way in ways_left(request.tried_by))
    values = {"host": request.from_node, "owner": request.of, "left": left}
    return Refused(
        code=why.value,
        says=says.format(**values),
        try_instead=try_instead.format(**values),
        values=values,
    )


# As both are called in the country, whatever language the rest is in.
_CALLED = {Way.SINE: "SINE", Way.PHONE: "telefon"}


def _epoch_after(roster: Roster, of: OrganisationId) -> int:
    return 1 + max(grant.epoch for grant in roster.grants if grant.owner == of)


def _no_authority(why: str) -> Refused:
    return Refused(
        code="no_authority",
        says=f"Nobody would heed it: {why}.",
        try_instead="Have it stated by the node above, or where trust begins.",
        values={"why": why},
    )
