# SPDX-License-Identifier: Apache-2.0
"""What belongs to the shell and to no capability: what is not sent yet, and the service worker."""

from typing import Any

from litestar import Request, get
from litestar.response import File, Template

from bavn.frame.call import Call
from bavn.runtime.texts import Texts
from bavn.runtime.web.assets import STATIC
from bavn.runtime.web.callers import language_of

# Its copy is what a browser shows when the server is away, until somebody signs out.
KEPT = {"cache-control": "private, no-cache"}
WORKER = "service-worker.js"


@get("/outbox", opt={"act": "public.outbox"}, include_in_schema=False)
async def outbox(request: Request[Any, Any, Any]) -> Template:
    """What was typed on this machine and is not sent; the page reads it from the machine itself."""
    call = request.state.get("call")
    language = call.language if isinstance(call, Call) else language_of(request)
    # Who is signed in is on it, since letters are sent from it; signing out clears the copy.
    context = {"call": call, "t": Texts(language)}
    return Template("outbox.html", context=context, headers=KEPT)


@get(f"/{WORKER}", opt={"act": "public.static"}, include_in_schema=False)
async def service_worker() -> File:
    """The script that keeps copies, served from the root since it is to see every page."""
    return File(
        STATIC / WORKER,
        media_type="text/javascript",
        content_disposition_type="inline",
        # Asked for at every start of the browser: a new build takes over at once.
        headers={"cache-control": "no-cache"},
    )


HANDLERS = (outbox, service_worker)
