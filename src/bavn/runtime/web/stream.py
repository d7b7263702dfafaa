# SPDX-License-Identifier: Apache-2.0
"""The stream: server-sent events of what happens, from where the listener left off."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, get
from litestar.response import Stream

from bavn.frame.call import Call
from bavn.runtime.live import Live

# More than any record will ever hold.
POSITION_DIGITS = 15
HEADERS = {
    "cache-control": "no-store",
    # A proxy that gathers before it passes on would hold an alarm back.
    "x-accel-buffering": "no",
}


@get(
    "/api/v1/stream",
    media_type="text/event-stream",
    opt={"act": "stream.listen"},
    summary="What happens, as server-sent events",
)
async def stream(
    request: Request[Any, Any, Any],
    call: Call,
    live: Live,
    after: int | None = None,
) -> Stream:
    """Facts and positions as they come; `Last-Event-ID` or `after` tells where to go on."""
    known = request.headers.get("last-event-id", "")
    if known.isascii() and known.isdigit() and len(known) <= POSITION_DIGITS:
        after = int(known)

    async def frames() -> AsyncIterator[bytes]:
        async for each in live.hub.listen(call.reader, after):
            yield each

    return Stream(frames(), media_type="text/event-stream", headers=HEADERS)
