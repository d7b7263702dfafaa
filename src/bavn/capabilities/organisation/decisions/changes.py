# SPDX-License-Identifier: Apache-2.0
"""Merging and splitting services: an area decides it, for a day."""

from collections.abc import Sequence
from datetime import date

import msgspec

from bavn.capabilities.organisation.facts import ServicesMerged, ServiceSplit
from bavn.capabilities.organisation.model.changes import (
    SERVICES_LEAST,
    AreaRows,
    Formed,
    change,
    municipalities_of,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import OrganisationId, Subject, is_name
from bavn.kernel.refusal import Refused


class MergeServices(msgspec.Struct, frozen=True, kw_only=True):
    """Make services of an area into one, from a day on; it may be one of them that goes on.

    `change` is the id of the plan that is carried out, or a new one; `ground` is what the decision
    stands on, such as an agreement of the councils.
    """

    change: str
    services: tuple[OrganisationId, ...]
    into: OrganisationId
    name: str
    headquarters: str = ""
    on: date
    ground: str


class NewService(msgspec.Struct, frozen=True, kw_only=True):
    """A service that comes out of a split, and what it covers."""

    id: OrganisationId
    name: str
    headquarters: str = ""
    municipalities: tuple[str, ...]


class SplitService(msgspec.Struct, frozen=True, kw_only=True):
    """Make a service of an area into several, from a day on; it may go on as one of them."""

    change: str
    service: OrganisationId
    into: tuple[NewService, ...]
    on: date
    ground: str


JOINT, SINGLE = "joint", "single"


def merge(rows: AreaRows, request: MergeServices, context: Context) -> Sequence[Draft] | Refused:
    """The old services end on the day, and the new one covers what they covered."""
    services = tuple(dict.fromkeys(request.services))
    no = _unfit(request.change, request.ground, [request.into], len(services))
    if no is not None:
        return no
    formed = _formed(
        NewService(
            id=request.into,
            name=request.name,
            headquarters=request.headquarters,
            municipalities=tuple(municipalities_of(rows, services, request.on)),
        )
    )
    told = change(rows, services, [formed], request.on, request.ground)
    if isinstance(told, Refused):
        return told
    body = ServicesMerged(
        services=services, into=request.into, on=request.on, ground=request.ground
    )
    return _drafts(request.change, body, told, context)


def split(rows: AreaRows, request: SplitService, context: Context) -> Sequence[Draft] | Refused:
    """The old service ends on the day, and each new one covers its part."""
    ids = [each.id for each in request.into]
    no = _unfit(request.change, request.ground, ids, len(set(ids)))
    if no is not None:
        return no
    formed = [_formed(each) for each in request.into]
    told = change(rows, [request.service], formed, request.on, request.ground)
    if isinstance(told, Refused):
        return told
    body = ServiceSplit(
        service=request.service, into=tuple(ids), on=request.on, ground=request.ground
    )
    return _drafts(request.change, body, told, context)


def _formed(new: NewService) -> Formed:
    several = len(new.municipalities) > 1
    return Formed(
        id=new.id,
        name=new.name.strip() or new.id,
        form=JOINT if several else SINGLE,
        headquarters=new.headquarters,
        municipalities=new.municipalities,
    )


def _unfit(
    change_id: str, ground: str, ids: Sequence[OrganisationId], service_count: int
) -> Refused | None:
    """What is wrong with the request by itself."""
    if not ground.strip():
        return Refused(
            code="no_ground",
            says="The decision stands on nothing.",
            try_instead="Say which agreement or law it stands on.",
        )
    wrong = [each for each in (change_id, *ids) if not is_name(each)]
    if wrong or len(set(ids)) != len(ids):
        return Refused(
            code="id_not_in_form",
            says="An id has small letters, digits and dashes, and is used once.",
            try_instead="Choose another id.",
            values={"ids": ", ".join(ids)},
        )
    if service_count < SERVICES_LEAST:
        return Refused(
            code="change_of_one",
            says="Merging and splitting take at least two services.",
            try_instead="Name them all.",
        )
    return None


def _drafts(
    change_id: str,
    body: msgspec.Struct,
    told: Sequence[tuple[str, msgspec.Struct]],
    context: Context,
) -> list[Draft]:
    every = [(f"change:{change_id}", body), *told]
    return [
        Draft(body=each, about=(Subject(subject),), happened_at=context.now)
        for subject, each in every
    ]
