# SPDX-License-Identifier: Apache-2.0
"""Whose word holds about what: read and ordered over the programming interface."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.operations.api.bodies import Body, Ref
from bavn.capabilities.operations.api.given import RoomGiven
from bavn.capabilities.operations.decisions.ordering import OrderAuthority
from bavn.capabilities.operations.model.authority import Order, authority_subject
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.authority import authority_of
from bavn.frame.desk import carried_out
from bavn.kernel.identity import OrganisationId, is_subject
from bavn.kernel.refusal import BadInput, Problem

PATH = "/api/v1/authority"
Sources = Annotated[list[str], msgspec.Meta(max_length=16)]


class OrderBody(Body, frozen=True, kw_only=True):
    """Whose word is to hold about a field, the first above all; none: the country's own order."""

    field: str
    sources: Sources
    hold_s: int | None = None
    sender_ref: Ref | None = None


class AuthorityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose word holds with a service, by field. `basis` is `service` where it said so itself."""

    service: OrganisationId
    fields: dict[str, Order]


@get(
    PATH,
    opt={"act": "operations.read_incidents"},
    summary="Whose word holds about which field",
)
async def read_authority(
    call: CallGiven, desk: DeskGiven, operations: RoomGiven, *, service: str | None = None
) -> AuthorityAnswer:
    """With a service, or with the caller's own organisation."""
    owner = OrganisationId(service or call.actor.organisation)
    if not is_subject(authority_subject(owner)):
        raise BadInput(Problem(where="service", says="is no organisation"))
    authority = authority_of(desk.query, operations.authority, owner)
    return AuthorityAnswer(service=owner, fields=dict(authority.orders))


@post(
    PATH,
    status_code=200,
    opt={"act": "operations.order_authority"},
    summary="Order whose word holds with the own service; what was told before keeps its weight",
)
async def order_authority(
    data: JSONBody[OrderBody], call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> AuthorityAnswer:
    """From now on."""
    owner = call.actor.organisation
    content = OrderAuthority(field=data.field, sources=tuple(data.sources), hold_s=data.hold_s)
    await carried_out(desk, call, owner, content, data.sender_ref)
    authority = authority_of(desk.query, operations.authority, owner)
    return AuthorityAnswer(service=owner, fields=dict(authority.orders))


HANDLERS = (read_authority, order_authority)
