# SPDX-License-Identifier: Apache-2.0
"""One's own account: where it is signed in, and its password."""

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect, Template

from bavn.frame.desk import Refusal
from bavn.kernel.refusal import Refused
from bavn.runtime import clock
from bavn.runtime.accounts import Account
from bavn.runtime.sessions import Session
from bavn.runtime.texts import Texts
from bavn.runtime.web.callers import Caller
from bavn.runtime.web.entrance import Entrance
from bavn.runtime.web.errors import headers_of, status_of
from bavn.runtime.web.sign_in import AnyRequest, fields, signed_in

ACCOUNT = "/account"


@get(ACCOUNT, opt={"act": "own.read_account"}, include_in_schema=False)
async def account_page(request: AnyRequest, entrance: Entrance) -> Template:
    """Who one is here, and where one is signed in."""
    return _shown(request, entrance)


@post(f"{ACCOUNT}/password", opt={"act": "own.change_password"}, include_in_schema=False)
async def change_password(request: AnyRequest, entrance: Entrance) -> Response[Any]:
    """Have another password; every session but a new one for this browser is over."""
    form, (account, _) = await fields(request), _own(request)
    if form.get("new") != form.get("again"):
        refused: Refused | None = Refused(
            code="passwords_differ",
            says="The new password was not typed the same twice.",
            try_instead="Type it again in both places.",
        )
    else:
        old, new = form.get("old", ""), form.get("new", "")
        refused = await entrance.new_password(request, account, old, new, clock.now())
    if refused is not None:
        return _shown(request, entrance, refused)
    entrance.callers.access.sessions.end_all(account.id)
    return signed_in(request, entrance, account, "password", ACCOUNT)


@post(f"{ACCOUNT}/sessions/end", opt={"act": "own.end_sessions"}, include_in_schema=False)
async def end_others(request: AnyRequest, entrance: Entrance) -> Redirect:
    """End every session but this one."""
    account, session = _own(request)
    entrance.callers.access.sessions.end_all(account.id, besides=session.id)
    return Redirect(ACCOUNT, status_code=303)


@post(
    f"{ACCOUNT}/sessions/{{session_id:str}}/end",
    opt={"act": "own.end_sessions"},
    include_in_schema=False,
)
async def end_one(request: AnyRequest, entrance: Entrance, session_id: str) -> Redirect:
    """End one of one's own sessions; nobody else's can be named here."""
    account, _ = _own(request)
    if not entrance.callers.access.sessions.end_one(account.id, session_id):
        raise Refusal(
            Refused(
                code="no_such_session",
                says="There is no such session of yours.",
                try_instead="It may be over already; load the page again.",
            )
        )
    return Redirect(ACCOUNT, status_code=303)


def _own(request: AnyRequest) -> tuple[Account, Session]:
    caller = request.state["caller"]
    assert isinstance(caller, Caller)
    assert caller.account is not None, "the guard lets nobody without an account through"
    assert caller.session is not None
    return caller.account, caller.session


def _shown(request: AnyRequest, entrance: Entrance, refused: Refused | None = None) -> Template:
    callers, (account, session), call = entrance.callers, _own(request), request.state["call"]
    found = callers.access.sessions.of_account(account.id, clock.now())
    sessions = [
        {
            "id": each.id,
            "way": call.say(f"access.way.{each.way}"),
            "made_at": _instant(each.made_at_ms),
            "seen_at": _instant(each.seen_at_ms),
            "is_this": each.id == session.id,
        }
        for each in found
    ]
    context = {
        "call": call,
        "t": call.say,
        "account": account,
        "function": callers.title_of(account.function, call.language),
        "organisation": callers.organisation_title(account.organisation, call.language),
        "sessions": sessions,
        # Who comes in by a provider or a role has none to change.
        "has_password": callers.access.accounts.has_password(account.id),
        "wrong": None if refused is None else Texts(call.language).refusal(refused),
    }
    return Template(
        "sign_in_account.html",
        context=context,
        status_code=200 if refused is None else status_of(refused),
        headers={} if refused is None else headers_of(refused),
    )


def _instant(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


HANDLERS = [account_page, change_password, end_others, end_one]
