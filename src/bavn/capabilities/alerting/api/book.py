# SPDX-License-Identifier: Apache-2.0
"""The address book, and a service's own rules."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.alerting.api.alerts import Body, Code, KeptAnswer, Ref
from bavn.capabilities.alerting.decisions import asking
from bavn.capabilities.alerting.facts import RuleStep, Seconds
from bavn.capabilities.alerting.model.requests import RemoveAddress, SetAlertRule, SetInformRule
from bavn.capabilities.alerting.views.shown import AddressShown, addresses_of
from bavn.frame.call import Call
from bavn.frame.desk import carried_out
from bavn.frame.given import CallGiven, DeskGiven
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

PATH = "/api/v1/alert-addresses"
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]


class AddressBody(Body, frozen=True, kw_only=True):
    """How somebody is alerted: `unit:…`, `station:…` or `function:…`, by a channel of the node."""

    target: Line
    channel: Line
    address: Line
    rank: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    service: str | None = None
    sender_ref: Ref | None = None


class RuleBody(Body, frozen=True, kw_only=True):
    """How a service escalates. `to` is `unit/1`, `station/*`, `function:duty_officer/*`."""

    steps: tuple[RuleStep, ...]
    board_wait_s: Seconds
    basis: Line
    begins_at: datetime | None = None
    service: str | None = None
    sender_ref: Ref | None = None


class InformRuleBody(Body, frozen=True, kw_only=True):
    """Who is told of which incidents; without a Danish name nobody is."""

    code: Code
    danish: str
    basis: Line
    english: str = ""
    types: tuple[str, ...] = ()
    units_least: int = 0
    begins_at: datetime | None = None
    service: str | None = None
    sender_ref: Ref | None = None


class AddressList(msgspec.Struct, frozen=True, kw_only=True):
    """The address book of whom the caller acts for, without the addresses themselves."""

    items: list[AddressShown]
    next: str | None = None


@get(PATH, opt={"act": "alerting.read_addresses"}, summary="Who can be alerted, by which channel")
async def addresses(call: CallGiven, desk: DeskGiven) -> AddressList:
    """The addresses themselves are sealed, and are not told here."""
    return AddressList(items=addresses_of(call, desk.query))


@post(PATH, opt={"act": "alerting.set_address"}, summary="Say how somebody is alerted")
async def set_address(data: JSONBody[AddressBody], call: CallGiven, desk: DeskGiven) -> KeptAnswer:
    """Sealed under a key of its own."""
    id_, done = await asking.keep_address(
        desk,
        call,
        _owner(call, data.service),
        target=data.target,
        channel=data.channel,
        rank=data.rank,
        address=Private(data.address),
        ref=data.sender_ref,
    )
    return KeptAnswer(id=id_, facts=done.facts, repeated=done.repeated)


@post(
    PATH + "/{address_id:str}/remove",
    opt={"act": "alerting.remove_address"},
    summary="Alert nobody there any more",
)
async def remove_address(
    address_id: str, call: CallGiven, desk: DeskGiven, service: str | None = None
) -> KeptAnswer:
    """What is under way to it fails, and the next step begins."""
    content = RemoveAddress(id=address_id)
    done = await carried_out(desk, call, _owner(call, service), content, None)
    return KeptAnswer(id=address_id, facts=done.facts, repeated=done.repeated)


@post("/api/v1/alert-rule", opt={"act": "alerting.set_rule"}, summary="Say how a service escalates")
async def set_rule(data: JSONBody[RuleBody], call: CallGiven, desk: DeskGiven) -> KeptAnswer:
    """What is under way goes on as it began."""
    content = SetAlertRule(
        begins_at=_begins(call, data.begins_at),
        steps=data.steps,
        board_wait_s=data.board_wait_s,
        basis=data.basis,
    )
    done = await carried_out(desk, call, _owner(call, data.service), content, data.sender_ref)
    return KeptAnswer(id="callouts", facts=done.facts, repeated=done.repeated)


@post(
    "/api/v1/inform-rules",
    opt={"act": "alerting.set_inform_rule"},
    summary="Say who is told of which incidents",
)
async def set_inform_rule(
    data: JSONBody[InformRuleBody], call: CallGiven, desk: DeskGiven
) -> KeptAnswer:
    """It takes the place of the country's row of this code."""
    content = SetInformRule(
        code=data.code,
        begins_at=_begins(call, data.begins_at),
        danish=data.danish,
        english=data.english,
        types=data.types,
        units_least=data.units_least,
        basis=data.basis,
    )
    done = await carried_out(desk, call, _owner(call, data.service), content, data.sender_ref)
    return KeptAnswer(id=data.code, facts=done.facts, repeated=done.repeated)


def _owner(call: Call, service: str | None) -> OrganisationId:
    return call.actor.organisation if service is None else OrganisationId(service)


def _begins(call: Call, at: datetime | None) -> datetime:
    """From now on, where no instant with a zone is given."""
    return call.now if at is None or at.tzinfo is None else at


HANDLERS = (addresses, set_address, remove_address, set_rule, set_inform_rule)
