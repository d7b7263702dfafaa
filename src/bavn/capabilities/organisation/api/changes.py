# SPDX-License-Identifier: Apache-2.0
"""Planned and decided changes of services, and deciding them."""

from datetime import date

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.organisation.api.bodies import (
    Change,
    Done,
    Listed,
    MergeBody,
    SplitBody,
)
from bavn.capabilities.organisation.decisions.changes import MergeServices, SplitService
from bavn.capabilities.organisation.views import CHANGE
from bavn.frame.desk import carried_out
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def change_of(row: Row) -> Change:
    """A row of the changes as it is shown."""
    strings = tuple[str, ...]
    return Change(
        id=str(row["subject"]).partition(":")[2],
        area=str(row["owner"]),
        state=str(row["state"]),
        services=msgspec.json.decode(str(row["services"]), type=strings),
        into=msgspec.json.decode(str(row["into_services"]), type=strings),
        name=str(row["name"]),
        on=date.fromisoformat(str(row["on_day"])),
        basis=str(row["basis"]),
        source=str(row["source"]),
    )


@get(
    "/api/v1/changes",
    opt={"act": "organisation.read_structure"},
    summary="Changes of services, planned and decided",
)
async def changes(call: CallGiven, desk: DeskGiven) -> Listed[Change]:
    """All changes, the earliest first."""
    found = map(change_of, desk.query.rows(call.reader, CHANGE))
    return Listed(items=tuple(sorted(found, key=lambda each: (each.on, each.id))))


@post(
    "/api/v1/areas/{area:str}/merges",
    opt={"act": "organisation.merge_services"},
    summary="Make services into one",
)
async def merge(call: CallGiven, desk: DeskGiven, area: str, data: JSONBody[MergeBody]) -> Done:
    """Services of an area become one on a day."""
    fields = {name: getattr(data, name) for name in MergeServices.__struct_fields__}
    owner = OrganisationId(area)
    done = await carried_out(desk, call, owner, MergeServices(**fields), data.sender_ref)
    return Done(id=data.change, facts=done.facts, repeated=done.repeated)


@post(
    "/api/v1/areas/{area:str}/splits",
    opt={"act": "organisation.split_service"},
    summary="Make a service into several",
)
async def split(call: CallGiven, desk: DeskGiven, area: str, data: JSONBody[SplitBody]) -> Done:
    """A service of an area becomes several on a day."""
    fields = {name: getattr(data, name) for name in SplitService.__struct_fields__}
    owner = OrganisationId(area)
    done = await carried_out(desk, call, owner, SplitService(**fields), data.sender_ref)
    return Done(id=data.change, facts=done.facts, repeated=done.repeated)


HANDLERS = (changes, merge, split)
