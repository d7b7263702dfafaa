# SPDX-License-Identifier: Apache-2.0
"""The page of all nodes, and the part of it that is fetched anew while one looks."""

from datetime import datetime

from litestar import get
from litestar.response import Template

from bavn.capabilities.connections.model.nodes import advices, conditions, is_skewed
from bavn.capabilities.connections.model.words import age_of, grouped, iso, signed
from bavn.capabilities.connections.ports import CallGiven, Connections, ConnectionsGiven
from bavn.frame.call import Call
from bavn.frame.page import page

ACT = {"act": "connections.read_overview"}
# A page may be read again on its own machine when the server is away: it says from when it is.
HEADERS = {"cache-control": "private, no-cache", "vary": "Cookie, Accept-Language"}


@get("/connections", opt=ACT, include_in_schema=False)
async def front(call: CallGiven, connections: ConnectionsGiven) -> Template:
    """Every node."""
    return _shown(call, connections, "connections/overview.html")


@get("/connections/board", opt=ACT, include_in_schema=False)
async def board(call: CallGiven, connections: ConnectionsGiven) -> Template:
    """The same without the shell, for a page that is open already."""
    return _shown(call, connections, "connections/board.html")


def _shown(call: Call, connections: Connections, template: str) -> Template:
    now = connections.now(call)
    separator = call.say("connections.thousands")

    def aged(at: datetime) -> str:
        name, values = age_of((now.at - at).total_seconds())
        return call.say(f"shell.js.{name}", **values)

    def lasting(seconds: float) -> str:
        name, values = age_of(seconds)
        return call.say(f"shell.js.{name}", **values)

    answer = page(
        call,
        template,
        now=now,
        counts=conditions(now.nodes),
        advices=advices,
        is_skewed=is_skewed,
        aged=aged,
        lasting=lasting,
        skewed=lambda ms: signed(ms, call.say("number.point")),
        here_name=next((each.name for each in now.nodes if each.state == "here"), now.node),
        printed_at=connections.instant(call, now.at),
        grouped=lambda count: grouped(count, separator),
        iso=iso,
    )
    answer.headers.update(HEADERS)
    return answer


HANDLERS = (front, board)
