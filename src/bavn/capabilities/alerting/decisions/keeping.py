# SPDX-License-Identifier: Apache-2.0
"""What a service keeps about alerting: addresses, its rule, who is told of what, and who was."""

from collections.abc import Sequence

from bavn.capabilities.alerting.facts import (
    AddressRemoved,
    AddressSet,
    Informed,
    InformRuleSet,
    RuleSet,
)
from bavn.capabilities.alerting.model.escalating import (
    CHANNEL,
    RANK_MOST,
    TARGET,
    rule_faults,
)
from bavn.capabilities.alerting.model.requests import (
    Inform,
    RemoveAddress,
    SetAddress,
    SetAlertRule,
    SetInformRule,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.refusal import Refused

# Longer is no address of anything.
ADDRESS_CHARACTERS_LIMIT = 254
RULE = Subject("alert_rule:callouts")


def set_address(_state: None, request: SetAddress, context: Context) -> Sequence[Draft] | Refused:
    """Keep an address, sealed under a key of its own: whoever leaves is erased by it."""
    text = request.address.reveal().strip()
    fits = (
        TARGET.fullmatch(request.target)
        and CHANNEL.fullmatch(request.channel)
        and 1 <= request.rank <= RANK_MOST
        and 1 <= len(text) <= ADDRESS_CHARACTERS_LIMIT
        # A line of its own would be a header of its own.
        and text.isprintable()
    )
    if not fits:
        return Refused(
            code="address_unusable",
            says="This is no address that can be used.",
            try_instead="Give unit:…, station:… or function:…, a channel, a rank of 1 to 9, and"
            " one line.",
        )
    body = AddressSet(target=request.target, channel=request.channel, rank=request.rank)
    about = (Subject(f"alert_address:{request.id}"),)
    seal = {"address": request.address}
    return [Draft(body=body, about=about, happened_at=context.now, seal=seal)]


def remove_address(
    known: Row | None, request: RemoveAddress, context: Context
) -> Sequence[Draft] | Refused:
    """Alert nobody there any more. The sealed text stays until its key is erased."""
    if known is None:
        return Refused(
            code="no_such_address",
            says="There is no such address.",
            try_instead="Look at the list; it may be gone already.",
        )
    about = (Subject(f"alert_address:{request.id}"),)
    return [Draft(body=AddressRemoved(), about=about, happened_at=context.now)]


def set_rule(_state: None, request: SetAlertRule, context: Context) -> Sequence[Draft] | Refused:
    """Keep how it is escalated from an instant on."""
    faults = rule_faults(request.steps)
    if faults:
        return Refused(
            code="rule_unreadable",
            says="The rule cannot be read: step " + ", ".join(f"{n} ({why})" for n, why in faults),
            try_instead="Write unit/1, station/*, function:duty_officer/* and the like.",
            values={"steps": ", ".join(str(number) for number, _ in faults)},
        )
    body = RuleSet(
        begins_at=request.begins_at,
        steps=request.steps,
        board_wait_s=request.board_wait_s,
        basis=request.basis,
    )
    return [Draft(body=body, about=(RULE,), happened_at=context.now)]


def set_inform_rule(_state: None, request: SetInformRule, context: Context) -> Sequence[Draft]:
    """Keep who is told of which incidents from an instant on."""
    body = InformRuleSet(
        begins_at=request.begins_at,
        danish=request.danish,
        english=request.english or request.danish,
        types=request.types,
        units_least=request.units_least,
        basis=request.basis,
    )
    about = (Subject(f"inform_rule:{request.code}"),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def inform(told: Row | None, request: Inform, context: Context) -> Sequence[Draft] | Refused:
    """Keep that somebody has been told; a second person hears that it is done."""
    if told is not None:
        at_ms, by = told["told_at_ms"], told["by"]
        assert isinstance(at_ms, int), "the view says so"
        assert isinstance(by, str), "the view says so"
        return Refused(
            code="already_informed",
            says=f"That has been told, by {by}.",
            try_instead="Nothing more is to be done.",
            values={"by": by, "at": instant_of(at_ms).isoformat()},
        )
    body = Informed(who=request.who, how=request.how, account=request.account)
    note = request.note
    return [
        Draft(
            body=body,
            about=(Subject(f"incident:{request.incident}"),),
            happened_at=context.now,
            seal={"note": note} if note.reveal().strip() else {},
        )
    ]
