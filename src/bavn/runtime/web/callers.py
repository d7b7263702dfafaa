# SPDX-License-Identifier: Apache-2.0
"""Callers: from what a request shows to who is calling, and what that one may do."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler

from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.kernel.mandate import Actor, May, Resource, ask
from bavn.kernel.refusal import BrokenPromise, Refused
from bavn.runtime import clock
from bavn.runtime.texts import DEFAULT_LANGUAGE, LANGUAGES, Texts
from bavn.runtime.tokens import Token, Tokens

PUBLIC = "public."
Connection = ASGIConnection[Any, Any, Any, Any]


def language_of(connection: Connection) -> str:
    """The caller's language: chosen by cookie, else as its browser asks, else Danish."""
    chosen = connection.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    for part in connection.headers.get("accept-language", "").split(","):
        wanted = part.partition(";")[0].strip().partition("-")[0].lower()
        if wanted in LANGUAGES:
            return wanted
    return DEFAULT_LANGUAGE


class Callers:
    """Knows who calls."""

    def __init__(self, tokens: Tokens, may: May) -> None:
        self._tokens = tokens
        self._may = may

    def call_of(self, connection: Connection) -> Call | None:
        """The caller behind a request; None when it shows nothing that we know."""
        scheme, _, raw = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and raw:
            token = self._tokens.of(raw.strip(), clock.now())
            return None if token is None else self._call_of_token(connection, token)
        return None

    def guard(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Let a request through to a handler that its caller may use."""
        act = act_of(handler)
        call = self.call_of(connection)
        connection.state["call"] = call
        if act.startswith(PUBLIC):
            return
        if call is None:
            raise NotAuthorizedException
        resource = Resource(owner=call.actor.organisation)
        answer = ask(self._may, call.actor, act, resource, call.now)
        if isinstance(answer, Refused):
            raise Refusal(answer)

    def _call_of_token(self, connection: Connection, token: Token) -> Call:
        language = language_of(connection)
        return Call(
            actor=Actor(organisation=token.organisations[0], function=token.function),
            organisations=frozenset(token.organisations),
            reader=token.reader,
            sender=token.name,
            language=language,
            now=clock.now(),
            say=Texts(language),
            name=token.name,
        )


def act_of(handler: BaseRouteHandler) -> str:
    """The act that a handler takes; one without is our bug, and serves nobody."""
    act = handler.opt.get("act")
    if not isinstance(act, str) or "." not in act:
        raise BrokenPromise(f"{handler} names no act: opt={{'act': 'capability.act'}}")
    return act
