# SPDX-License-Identifier: Apache-2.0
"""The picture over the programming interface: prepared once, sent to many."""

import asyncio
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.utils.scope.state import ScopeState

from bavn.capabilities.operations.api.given import RoomGiven
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.picture import Pictures
from bavn.frame.call import Call
from bavn.frame.desk import Desk

# However many ask while much happens, the record is read for a picture at most so often.
RENEW_EVERY_S = 0.25
NOT_MODIFIED = 304


@get(
    "/api/v1/picture",
    opt={"act": "operations.read_picture"},
    summary="All that is open and every unit, in compact form",
    media_type=MediaType.JSON,
)
async def picture(
    request: Request[Any, Any, Any], call: CallGiven, desk: DeskGiven, operations: RoomGiven
) -> Response[bytes]:
    """Arrays in the order of `columns`; instants are seconds since 1970, places WGS 84.

    It holds all that was known when it was asked for. `position` is where to go on in the stream.
    `silent` are the services whose node is not heard, each with when it last was (null: not since
    this node started): what is theirs is as it was then. `contested` are the incidents and units of
    which several nodes have told without knowing of each other, and the services for whom two nodes
    claim to go on: of these nobody can tell yet what holds.
    """
    pictures = operations.pictures
    await _renewed(pictures, desk, call)
    known = pictures.of(desk.query, call.reader)
    prepared = operations.doubted.of(known, operations.doubts.now())
    headers = {
        "etag": prepared.etag,
        "cache-control": "private, no-cache",
        "vary": "accept-encoding, authorization, cookie",
    }
    if request.headers.get("if-none-match") == prepared.etag:
        return Response(b"", status_code=NOT_MODIFIED, headers=headers)
    body = prepared.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = prepared.packed, "gzip"
        # It is packed already: the framework leaves alone what is marked as kept.
        ScopeState.from_scope(request.scope).is_cached = True
    return Response(body, headers=headers, media_type=MediaType.JSON)


async def _renewed(pictures: Pictures, desk: Desk, call: Call) -> None:
    """Have a picture ready that holds all that is known now; who comes too soon waits a little."""
    wanted, loop = desk.position, asyncio.get_running_loop()
    while not pictures.is_fresh(wanted, call.now):
        wait_s = pictures.renewed_at_s + RENEW_EVERY_S - loop.time()
        if wait_s <= 0:
            pictures.renewed_at_s = loop.time()
            pictures.renew(desk.query, desk.position, call.now)
        else:
            await asyncio.sleep(wait_s)
