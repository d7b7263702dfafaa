# SPDX-License-Identifier: Apache-2.0
"""The control room in a binder: which sets of paper there are, how old, and one to print.

What stands in a set is confidential: it takes the act of printing it, and each reading is on the
server's log. The sets are plain files that lie there when the server is down.
"""

import re
from base64 import b64encode
from hashlib import sha256

from litestar import MediaType, Response, get, post
from litestar.response import Redirect, Template

from bavn.capabilities.centre.pages.showing import Words
from bavn.capabilities.centre.ports import RoomGiven
from bavn.frame.desk import Refusal
from bavn.frame.forms import SEE_OTHER, Answer
from bavn.frame.given import CallGiven
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

PRINT = {"act": "centre.print_binder"}
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


@get("/centre/binder", opt=PRINT, include_in_schema=False)
async def binder_page(call: CallGiven, centre: RoomGiven) -> Template:
    """The sets, the newest first, and how old that is."""
    answer = page(
        call,
        "centre/binder.html",
        sets=centre.shelf.sets(),
        words=Words(call, centre.around),
    )
    answer.headers["cache-control"] = "no-store"
    return answer


@post("/centre/binder", opt=PRINT, include_in_schema=False)
async def make_now(centre: RoomGiven) -> Answer:
    """Have a set made now; nobody waits for it."""
    centre.shelf.make_now()
    return Redirect("/centre/binder", status_code=SEE_OTHER)


@get("/centre/binder/{name:str}", opt=PRINT, include_in_schema=False)
async def binder_set(name: str, centre: RoomGiven) -> Response[bytes]:
    """One set, as it lies on the disk; its style is named by its hash, and nothing else runs."""
    raw = centre.shelf.read(name)
    if raw is None:
        raise Refusal(
            Refused(
                code="no_such_binder",
                says="There is no such set of paper; old ones are taken away.",
                try_instead="Take the newest from the list.",
            )
        )
    styles = [b64encode(sha256(each).digest()).decode() for each in _STYLE.findall(raw)]
    allowed = " ".join(f"'sha256-{each}'" for each in styles) or "'none'"
    headers = {
        "content-security-policy": f"default-src 'none'; style-src {allowed}; base-uri 'none'",
        "cache-control": "no-store",
    }
    return Response(raw, media_type=MediaType.HTML, headers=headers)


HANDLERS = (binder_page, make_now, binder_set)
