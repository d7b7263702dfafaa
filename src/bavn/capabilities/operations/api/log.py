# SPDX-License-Identifier: Apache-2.0
"""The log of an incident, page by page from the newest on."""

import asyncio
from functools import partial
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from bavn.capabilities.operations.api.given import RoomGiven
from bavn.capabilities.operations.model.log import PAGE_LIMIT, PAGE_MOST, Sort
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.log import LogPage, Wanted, page_of

Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MOST)]


@get(
    "/api/v1/incidents/{incident_id:str}/log",
    opt={"act": "operations.read_incidents"},
    summary="Everything about an incident by its own time, the newest page first",
)
async def log(  # noqa: PLR0913 - what a log may be asked for
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    sort: Sort | None = None,
    q: str = "",
    before: str = "",
    limit: Limit = PAGE_LIMIT,
) -> LogPage:
    """With those of the incidents that are part of it; `before` is the `next` of the last page."""
    wanted = Wanted(sort=sort, query=q.strip(), before=before, limit=limit)
    return await page_of(desk, call, operations, incident_id, wanted, partial(asyncio.sleep, 0))
