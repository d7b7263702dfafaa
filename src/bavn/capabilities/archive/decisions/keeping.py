# SPDX-License-Identifier: Apache-2.0
"""Holds, deliveries and erasures: nothing goes that is held, or was not delivered where it must be.

The law that holds over any order of requests: what is erased was over for as long as its rule says,
was delivered as it stands where the rule asks for that, stood under no hold and under no request to
see it, was asked for by one person and approved by another, and is named.
"""

from collections.abc import Callable, Sequence

import msgspec

from bavn.capabilities.archive.decisions.asking import (
    ApproveErasure,
    AskErasure,
    DeliverPackage,
    DropErasure,
    LiftHold,
    PlaceHold,
)
from bavn.capabilities.archive.facts import (
    DELIVERED_LIMIT,
    ERASED_LIMIT,
    ErasureApproved,
    ErasureAsked,
    ErasureDropped,
    ErasureItem,
    HoldLifted,
    HoldPlaced,
    PackageDelivered,
)
from bavn.capabilities.archive.model.retention import INCIDENT, Rules, due_at, rule_for
from bavn.capabilities.archive.model.standing import ErasureStands, Standing
from bavn.capabilities.archive.model.states import HOLD_REASONS, Erasure
from bavn.journal.decision import FACTS_PER_REQUEST_LIMIT, Context
from bavn.journal.fact import Draft
from bavn.journal.kinds import KeyErased
from bavn.journal.table import Row
from bavn.journal.vault import key_name
from bavn.kernel.identity import Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

Answer = Sequence[Draft] | Refused
INCIDENTS_PER_PACKAGE_LIMIT = DELIVERED_LIMIT * FACTS_PER_REQUEST_LIMIT


def no_person(account: str) -> Refused | None:
    """What is kept and erased is a person's to decide."""
    if account:
        return None
    return Refused(
        code="archive_takes_a_person",
        says="What is kept, given and erased is decided by a person with an account.",
        try_instead="Sign in as yourself.",
    )


def place_hold(known: Standing, request: PlaceHold, context: Context) -> Answer:
    """It stands until it is lifted; an erasure that was asked for cannot be approved meanwhile."""
    refused = no_person(request.account) or _not_ours(known) or _gone(known)
    if refused is not None:
        return refused
    if request.reason not in HOLD_REASONS:
        return Refused(
            code="hold_without_reason",
            says="A hold has a reason.",
            try_instead="Choose one of the reasons.",
        )
    body = HoldPlaced(hold=context.new_id(), reason=request.reason, account=request.account)
    seal = {"note": request.note} if request.note.reveal().strip() else {}
    return [_about(known.subject, body, context, seal)]


def lift_hold(hold: Row | None, request: LiftHold, context: Context) -> Answer:
    """It is let go once, by whoever may."""
    refused = no_person(request.account)
    if refused is not None:
        return refused
    if hold is None or hold["lifted_at_ms"] is not None:
        return Refused(
            code="hold_unknown",
            says="There is no such hold, or it is lifted already.",
            try_instead="Look at the incident's page again.",
        )
    body = HoldLifted(hold=request.hold, account=request.account)
    return [_about(f"{INCIDENT}:{request.incident}", body, context)]


def deliver_package(
    state: tuple[bool, tuple[Standing, ...]], request: DeliverPackage, context: Context
) -> Answer:
    """A package is delivered once, with all that is in it named."""
    was_before, known = state
    refused = no_person(request.account)
    if refused is not None:
        return refused
    if was_before:
        return Refused(
            code="package_delivered",
            says="That package is delivered already.",
            try_instead="Look at the list of what was delivered.",
        )
    if not request.receiver.strip() or not request.receipt.strip():
        return Refused(
            code="delivery_without_receipt",
            says="A delivery has a receiver, and the receiver's receipt.",
            try_instead="Write who received it, and the number of the receipt.",
        )
    wrong = [each for each in known if not each.is_ours or each.over_at_ms is None]
    if wrong or not 0 < len(request.incidents) <= INCIDENTS_PER_PACKAGE_LIMIT:
        return Refused(
            code="package_not_ours",
            says="The package holds nothing, or an incident that is open or somebody else's.",
            try_instead="Make the package anew on this node.",
        )
    subject = Subject(f"delivery:{context.new_id()}")
    starts = range(0, len(request.incidents), DELIVERED_LIMIT)
    return [
        Draft(
            body=PackageDelivered(
                package=request.package,
                digest=request.digest,
                receiver=request.receiver.strip(),
                receipt=request.receipt.strip(),
                begin=request.begin,
                end=request.end,
                part=number,
                incidents=request.incidents[start : start + DELIVERED_LIMIT],
                account=request.account,
            ),
            about=(subject,),
            happened_at=context.now,
        )
        for number, start in enumerate(starts, 1)
    ]


def ask_erasure(rules: Rules) -> Callable[[tuple[Standing, ...], AskErasure, Context], Answer]:
    """How an erasure is asked for, by these rules."""

    def decide(known: tuple[Standing, ...], request: AskErasure, context: Context) -> Answer:
        refused = no_person(request.account)
        if refused is not None:
            return refused
        if not 0 < len(known) <= ERASED_LIMIT:
            return Refused(
                code="erasure_size",
                says=f"Between one and {ERASED_LIMIT} are erased at a time.",
                try_instead="Choose some, and go on with the rest afterwards.",
                values={"most": str(ERASED_LIMIT)},
            )
        items = []
        for each in known:
            stands = may_be_erased(each, rules, context) or _asked_before(each)
            if stands is not None:
                return stands
            rule = rule_for(rules, each.sort, each.outcome)
            assert rule is not None, "it was looked at"
            items.append(ErasureItem(subject=each.subject, rule=rule.code))
        body = ErasureAsked(items=tuple(items), account=request.account)
        return [_about(f"erasure:{context.new_id()}", body, context)]

    return decide


def approve_erasure(
    rules: Rules,
) -> Callable[[ErasureStands | None, ApproveErasure, Context], Answer]:
    """How an erasure is approved and carried out, by these rules: all of it or nothing."""

    def decide(case: ErasureStands | None, request: ApproveErasure, context: Context) -> Answer:
        refused = no_person(request.account) or _not_asked(case)
        if refused is not None:
            return refused
        assert case is not None, "there is one"
        if case.account == request.account:
            return Refused(
                code="erasure_takes_two",
                says="Whoever asked for it does not approve it.",
                try_instead="Have somebody else with the mandate look at it.",
            )
        for each in case.standings:
            stands = may_be_erased(each, rules, context)
            if stands is not None:
                return stands
        approved = ErasureApproved(count=len(case.items), account=request.account)
        return [
            _about(f"erasure:{request.erasure}", approved, context),
            *(
                _about(
                    each.subject,
                    KeyErased(
                        key=key_name(context.owner, each.subject),
                        ground=f"erasure:{request.erasure} {rule}",
                    ),
                    context,
                )
                for each, (_, rule) in zip(case.standings, case.items, strict=True)
            ),
        ]

    return decide


def drop_erasure(case: ErasureStands | None, request: DropErasure, context: Context) -> Answer:
    """Nothing comes of it, whoever of those who may says so."""
    refused = no_person(request.account) or _not_asked(case)
    if refused is not None:
        return refused
    body = ErasureDropped(account=request.account)
    return [_about(f"erasure:{request.erasure}", body, context)]


def may_be_erased(known: Standing, rules: Rules, context: Context) -> Refused | None:
    """Why the texts of something may not be erased now; None where they may."""
    refused = _not_ours(known) or _gone(known)
    if refused is not None:
        return refused
    rule = rule_for(rules, known.sort, known.outcome)
    if rule is None or not rule.erases:
        return Refused(
            code="erasure_without_rule",
            says=f"No rule lets {known.subject} be erased.",
            try_instead="It is kept until a rule says otherwise.",
            values={"subject": known.subject},
        )
    over = None if known.over_at_ms is None else instant_of(known.over_at_ms)
    if over is None or context.now < due_at(rule, over):
        return Refused(
            code="erasure_not_due",
            says=f"{known.subject} is not over, or not for as long as its rule asks for.",
            try_instead="Look at the day from which it is due.",
            values={"subject": known.subject},
        )
    if known.held_by:
        return Refused(
            code="erasure_held",
            says=f"{known.subject} is held back.",
            try_instead="Lift the hold, or end the request to see it, when its reason is over.",
            values={"subject": known.subject},
        )
    if rule.needs_delivery and known.mark not in known.delivered:
        return Refused(
            code="erasure_not_delivered",
            says=f"{known.subject} is not delivered to the archive as it stands now.",
            try_instead="Deliver a package with it first; what came since has to be in it.",
            values={"subject": known.subject},
        )
    return None


def _not_ours(known: Standing) -> Refused | None:
    if known.is_ours:
        return None
    return Refused(
        code="nothing_kept",
        says=f"Your organisation keeps no {known.subject}.",
        try_instead="Its owner decides about it.",
        values={"subject": known.subject},
    )


def _gone(known: Standing) -> Refused | None:
    if not known.is_erased:
        return None
    return Refused(
        code="erased_already",
        says=f"The texts of {known.subject} are erased.",
        try_instead="They are in what was delivered, where it was delivered.",
        values={"subject": known.subject},
    )


def _asked_before(known: Standing) -> Refused | None:
    if not known.erasure:
        return None
    return Refused(
        code="erasure_waits",
        says=f"An erasure of {known.subject} waits for a second person.",
        try_instead="Approve that one, or drop it.",
        values={"subject": known.subject},
    )


def _not_asked(case: ErasureStands | None) -> Refused | None:
    if case is not None and case.state == Erasure.ASKED:
        return None
    return Refused(
        code="erasure_over",
        says="There is no such erasure that waits.",
        try_instead="Look at the list again.",
    )


def _about(
    subject: str,
    body: msgspec.Struct,
    context: Context,
    seal: dict[str, Private] | None = None,
) -> Draft:
    return Draft(
        body=body,
        about=(Subject(subject),),
        happened_at=context.now,
        seal=seal or {},
    )
