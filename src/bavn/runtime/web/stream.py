# SPDX-License-Identifier: Apache-2.0
"""The stream: server-sent events of what happens, from where the listener left off."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, get
from litestar.response import Stream

from bavn.frame.call import Call
from bavn.runtime import clock
from bavn.runtime.live import Live
from bavn.runtime.web.hub import frame_of

# More than any record will ever hold.
POSITION_DIGITS = 15
STREAM = "/api/v1/stream"
# How soon a listener whose session or token has ended hears no more.
LOOKED_AT_S = 5.0
HEADERS = {
    "cache-control": "no-store",
    # A proxy that gathers before it passes on would hold an alarm back.
    "x-accel-buffering": "no",
}


@get(
    STREAM,
    media_type="text/event-stream",
    opt={"act": "situation.read_stream"},
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

    reader_now, rights_now = request.state["reader_now"], request.state["rights_now"]

    async def frames() -> AsyncIterator[bytes]:
        looked_at_s, rights = clock.seconds(), rights_now()
        async for each in live.hub.listen(call.reader, after):
            # A beat comes at least each five seconds, so nobody is forgotten; who may read what is
            # looked at before each word, since the next one may be nothing for this listener.
            if clock.seconds() - looked_at_s >= LOOKED_AT_S or rights_now() != rights:
                looked_at_s, rights = clock.seconds(), rights_now()
                reader = reader_now()
                if reader is None:
                    yield frame_of("signed_out", {})
                    return
                if reader != call.reader:
                    # Asked for anew, the picture is what may be read now.
                    position = live.hub.position
                    yield frame_of("reset", {"position": position}, position)
                    return
            yield each

    return Stream(frames(), media_type="text/event-stream", headers=HEADERS)
