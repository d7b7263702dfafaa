# SPDX-License-Identifier: Apache-2.0
"""The guard: every request passes it once, before any handler sees it.

In this order: is it too much; is it from our own page; who is it; may that one do this.
"""

from typing import Any

from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler

from bavn.frame.capability import Capability
from bavn.frame.desk import Refusal
from bavn.journal.reader import Reader
from bavn.kernel.mandate import May, Resource, ask
from bavn.kernel.refusal import BrokenPromise, Refused
from bavn.runtime import clock
from bavn.runtime.log import log
from bavn.runtime.mandates.refusing import explained
from bavn.runtime.sessions import is_form_key
from bavn.runtime.web.callers import Caller, Callers, Connection
from bavn.runtime.web.limits import Buckets, Limit
from bavn.runtime.web.site import address_of, is_from_here

# Acts that need nobody's name, and acts on one's own account, that need no mandate.
PUBLIC, OWN = "public.", "own."
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
_FORMS = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)
_FROM_ELSEWHERE = Refused(
    code="form_not_ours",
    says="This was not sent from a page that belongs to who is signed in here.",
    try_instead="Load the page again and send it from there.",
)


class Guard:
    """Lets requests through to the handlers that their callers may use."""

    def __init__(
        self,
        callers: Callers,
        may: May,
        capabilities: tuple[Capability, ...] = (),
    ) -> None:
        self._callers = callers
        self._may = may
        self._limits = callers.site.limits
        self._buckets = Buckets()
        decisions = (each for part in capabilities for each in part.part.decisions)
        # Acts that are never refused to anybody whom we know.
        self.alarms = frozenset(each.act for each in decisions if each.alarm)

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Raise unless the request may go on; leave who calls in its state."""
        if connection.scope.get("method") == "OPTIONS":
            # Which methods there are is no secret, and nobody elsewhere is given leave to use them.
            return
        act = act_of(handler)
        if act.startswith(PUBLIC) and handler.opt.get("proves_itself"):
            # Other nodes: the handler itself asks for a proof that no browser has, and counts.
            return
        caller = self._callers.identify(connection, act)
        connection.state["call"] = None if caller is None else caller.call
        connection.state["caller"] = caller
        connection.state["reader_now"] = lambda: self._reader_now(connection)
        connection.state["rights_now"] = self._callers.state
        self._count(connection, caller, act)
        is_public = act.startswith(PUBLIC)
        if not is_public and caller is None:
            if handler.opt.get("from_here") and is_from_here(connection):
                return
            # Before a look at the form: whoever was signed out meanwhile is told just that.
            raise NotAuthorizedException
        if not _shows_token(connection):
            await self._from_our_page(connection)
        if is_public or caller is None:
            return
        if not act.startswith(OWN):
            self._ask(caller, act)
        elif caller.account is None:
            # A machine has no account to look after.
            raise NotAuthorizedException

    def _reader_now(self, connection: Connection) -> Reader | None:
        """What whoever is behind a connection may read now; None where that is nobody any more."""
        caller = self._callers.identify(connection)
        return None if caller is None else caller.call.reader

    def _ask(self, caller: Caller, act: str) -> None:
        call = caller.call
        resource = Resource(owner=call.actor.organisation, alarm=act in self.alarms)
        answer = ask(self._may, call.actor, act, resource, call.now)
        if isinstance(answer, Refused):
            raise Refusal(explained(self._may, call.actor, answer, call.now))

    def _count(self, connection: Connection, caller: Caller | None, act: str) -> None:
        limit, key = self._limit_of(connection, caller, act)
        wait_s = self._buckets.wait_s(limit, key, clock.seconds())
        if wait_s:
            log("limit.reached", limit=limit.name, act=act)
            seconds = str(max(1, round(wait_s + 0.5)))
            raise Refusal(
                Refused(
                    code="too_many_requests",
                    says="Too much was asked in a short time.",
                    try_instead="Wait a little.",
                    values={"seconds": seconds},
                )
            )

    def _limit_of(
        self, connection: Connection, caller: Caller | None, act: str
    ) -> tuple[Limit, str]:
        limits = self._limits
        if caller is not None:
            if act in self.alarms:
                return limits.alarm, caller.key
            return (limits.token if caller.session is None else limits.session), caller.key
        if _shows_token(connection):
            return limits.unknown, address_of(connection)
        return limits.address, address_of(connection)

    async def _from_our_page(self, connection: Connection) -> None:
        """Raise for what a browser sends on another page's behalf."""
        if connection.scope.get("method") in SAFE_METHODS:
            return
        if not self._has_our_origin(connection):
            raise Refusal(_FROM_ELSEWHERE)
        given = connection.headers.get(CSRF_HEADER, "") or await _field(connection, CSRF_FIELD)
        if not is_form_key(self._callers.form_secret(connection), given):
            raise Refusal(_FROM_ELSEWHERE)

    def _has_our_origin(self, connection: Connection) -> bool:
        """False when the browser itself says that another site's page has sent it."""
        if connection.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return False
        origin = connection.headers.get("origin")
        return origin is None or origin.lower() == self._callers.site.own_origin(connection)


def act_of(handler: BaseRouteHandler) -> str:
    """The act that a handler takes; one without is our bug, and serves nobody."""
    act = handler.opt.get("act")
    if not isinstance(act, str) or "." not in act:
        raise BrokenPromise(f"{handler} names no act: opt={{'act': 'capability.act'}}")
    return act


def _shows_token(connection: Connection) -> bool:
    """True when it says itself who it is: no browser does that for another page."""
    return "authorization" in connection.headers


async def _field(connection: Connection, name: str) -> str:
    """A field of the form that was sent; empty where none was."""
    if not isinstance(connection, Request) or connection.content_type[0] not in _FORMS:
        return ""
    form: Any = await connection.form()
    value = form.get(name)
    return value if isinstance(value, str) else ""
