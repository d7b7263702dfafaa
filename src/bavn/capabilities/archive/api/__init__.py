# SPDX-License-Identifier: Apache-2.0
"""What is kept, over the programming interface: lists to read, since persons decide."""

import msgspec
from litestar import get

from bavn.capabilities.archive.model.retention import Rule
from bavn.capabilities.archive.views.room import Due, Held, RoomGiven, named
from bavn.frame.given import CallGiven

READ = {"act": "archive.read_archive"}


class RuleList(msgspec.Struct, frozen=True, kw_only=True):
    """Rules of retention, in their order: the first that fits holds."""

    items: list[Rule]
    next: str | None = None


class DueItems(msgspec.Struct, frozen=True, kw_only=True):
    """What is due, the oldest first; `has_more` tells that there is more than is given."""

    items: list[Due]
    has_more: bool
    next: str | None = None


class HoldList(msgspec.Struct, frozen=True, kw_only=True):
    """Holds, the newest first; those that were lifted too."""

    items: list[Held]
    next: str | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A package that was delivered."""

    id: str
    owner: str
    package: str
    digest: str
    receiver: str
    receipt: str
    begin: str
    end: str
    count: int


class DeliveryList(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries, the newest first."""

    items: list[Delivery]
    next: str | None = None


class AccessAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A request to see something; who asked is sealed."""

    id: str
    owner: str
    incident: str
    law: str
    received_on: str
    state: str


class AccessList(msgspec.Struct, frozen=True, kw_only=True):
    """Requests to see something, those that run first."""

    items: list[AccessAsked]
    next: str | None = None


@get("/api/v1/archive/rules", opt=READ, summary="The rules of retention")
async def rules(archive: RoomGiven) -> RuleList:
    """Each with its basis."""
    return RuleList(items=list(archive.around.rules))


@get("/api/v1/archive/due", opt=READ, summary="What is due by a rule, and what holds it back")
async def due(call: CallGiven, archive: RoomGiven) -> DueItems:
    """Of the caller's own organisations; nothing is erased by itself."""
    found = archive.due(call)
    return DueItems(items=found.items, has_more=found.has_more)


@get("/api/v1/archive/holds", opt=READ, summary="What is held back from being erased")
async def holds(call: CallGiven, archive: RoomGiven) -> HoldList:
    """With the reason's code; what was said of it in words is sealed."""
    return HoldList(items=archive.holds(call))


@get("/api/v1/archive/deliveries", opt=READ, summary="What was delivered to an archive")
async def deliveries(call: CallGiven, archive: RoomGiven) -> DeliveryList:
    """With the digest of each package."""
    return DeliveryList(
        items=[
            Delivery(
                id=name,
                owner=str(row["owner"]),
                package=str(row["package"]),
                digest=str(row["digest"]),
                receiver=str(row["receiver"]),
                receipt=str(row["receipt"]),
                begin=str(row["begin"]),
                end=str(row["end"]),
                count=int(str(row["count"])),
            )
            for name, row in named(archive.deliveries(call))
        ]
    )


@get("/api/v1/archive/access", opt=READ, summary="Requests to see what is kept")
async def access(call: CallGiven, archive: RoomGiven) -> AccessList:
    """Where each stands; who asked is sealed and not told here."""
    return AccessList(
        items=[
            AccessAsked(
                id=name,
                owner=str(row["owner"]),
                incident=str(row["incident"]),
                law=str(row["law"]),
                received_on=str(row["received_on"]),
                state=str(row["state"]),
            )
            for name, row in named(archive.requests(call))
        ]
    )


HANDLERS = (rules, due, holds, deliveries, access)
