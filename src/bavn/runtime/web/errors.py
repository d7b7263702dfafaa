# SPDX-License-Identifier: Apache-2.0
"""One shape of error: a code, what it is, what to do instead; as JSON, or as a page for people."""

from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from bavn.frame.desk import Refusal
from bavn.frame.forms import ASKED_API, way_to_ask
from bavn.kernel.refusal import BadInput, Problem, Refused
from bavn.runtime.log import log_error
from bavn.runtime.texts import OWN_WORDS, Texts, in_language
from bavn.runtime.web.callers import Caller, Callers, language_of
from bavn.runtime.web.feeding import account_for
from bavn.runtime.writer import WriterStopped

API = "/api/"
# Refusals that are no conflict with what stands on record.
STATUS = {
    "no_mandate": 403,
    "not_by_mandate": 403,
    "not_for_this_reader": 403,
    "not_for_us": 403,
    "not_open": 403,
    "form_not_ours": 403,
    "line_not_private": 403,
    "sign_in_stale": 403,
    "no_account_for_subject": 403,
    "provider_not_believed": 403,
    "log_too_long_for_paper": 413,
    "paper_too_long": 413,
    "press_busy": 503,
    "press_failed": 500,
    "provider_gone": 503,
    "passwords_differ": 422,
    "body_too_slow": 408,
    "wrong_name_or_password": 401,
    "wait_to_sign_in": 429,
    "password_short": 422,
    "password_long": 422,
    "password_named": 422,
    "password_common": 422,
    "bad_input": 422,
    "too_long": 422,
    "not_signed_in": 401,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "too_many_requests": 429,
    "broken": 500,
    "too_many_waiting": 503,
    "writer_stopped": 503,
    "disk_full": 507,
}
CONFLICT, NOT_FOUND, NOT_SIGNED_IN, BROKEN, SEE_OTHER = 409, 404, 401, 500, 303
# Refusals after which the same request may be sent again by itself, and after how many seconds.
TRY_AGAIN_S = {
    "too_many_waiting": 2,
    "writer_stopped": 10,
    "disk_full": 60,
    "too_many_requests": 5,
    "press_busy": 10,
}
_OF_STATUS = {
    400: "bad_input",
    401: "not_signed_in",
    403: "not_open",
    404: "not_found",
    405: "method_not_allowed",
    408: "body_too_slow",
    413: "too_large",
    422: "bad_input",
    429: "too_many_requests",
}
_IN_ENGLISH = {
    "bad_input": ("What was sent cannot be read.", "Mend what is listed and send it again."),
    "not_signed_in": ("Nobody is signed in.", "Sign in, or send a token that is valid."),
    "not_open": ("This is not open to you.", "Ask somebody who has the mandate."),
    "not_found": ("There is nothing here.", "Look at the address; begin at the front page."),
    "method_not_allowed": ("This cannot be done here.", "See /api/openapi.json for what can."),
    "too_large": ("What was sent is too large.", "Send less at a time."),
    "too_many_requests": ("Too much was asked in a short time.", "Wait a little."),
    "body_too_slow": ("What was sent did not come in time.", "Send it again, or less at a time."),
    "broken": ("Something broke here.", "Try again; tell the one who runs the machine."),
    "writer_stopped": ("The record cannot be written now.", "Send it again in a little while."),
}


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, for a program and for a person."""

    code: str
    says: str
    try_instead: str
    values: dict[str, str] = {}
    problems: tuple[dict[str, str], ...] = ()
    # Where a mandate that is missing may be asked for.
    ask: str | msgspec.UnsetType = msgspec.UNSET


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """The one shape of error."""

    error: Wrong


def status_of(refused: Refused) -> int:
    """The HTTP status of a refusal; most are conflicts with what stands on record."""
    if refused.code.startswith(("no_such_", "unknown_")):
        return NOT_FOUND
    return STATUS.get(refused.code, CONFLICT)


def plain(code: str) -> Refused:
    """A refusal of the web itself."""
    says, try_instead = _IN_ENGLISH[code]
    return Refused(code=code, says=says, try_instead=try_instead)


def answer(
    request: Request[Any, Any, Any],
    refused: Refused,
    problems: tuple[Problem, ...] = (),
    status: int | None = None,
) -> Response[Any]:
    """The answer that tells of a refusal, in the caller's language."""
    caller = _caller_of(request)
    language = language_of(request) if caller is None else caller.call.language
    texts = Texts(language)
    says, try_instead = texts.refusal(refused)
    refused = in_language(refused, language)
    asks = way_to_ask(refused)
    wrong = Wrong(
        code=refused.code,
        says=says,
        try_instead=try_instead,
        values={name: value for name, value in refused.values.items() if name not in OWN_WORDS},
        problems=tuple({"where": each.where, "says": each.says} for each in problems),
        ask=ASKED_API if asks else msgspec.UNSET,
    )
    status = status or status_of(refused)
    headers = headers_of(refused)
    if status == NOT_SIGNED_IN:
        headers["www-authenticate"] = "Bearer"
    if not _wants_page(request):
        return Response(
            Error(error=wrong), status_code=status, headers=headers, media_type=MediaType.JSON
        )
    call = None if caller is None else caller.call
    shown = {
        "wrong": wrong,
        "call": call,
        "t": texts,
        "status": status,
        "asks": asks and f"{asks}&page={quote(_page_of(request))}",
    }
    page = _rendered(request, shown) or f"<!doctype html><title>Bavn</title><p>{escape(says)}</p>"
    return Response(page, status_code=status, headers=headers, media_type=MediaType.HTML)


def _caller_of(request: Request[Any, Any, Any]) -> Caller | None:
    """Who calls, also where no guard has asked: at an address that leads nowhere."""
    if "caller" in request.state:
        found = request.state["caller"]
    else:
        callers = request.app.state.get("callers")
        found = callers.identify(request) if isinstance(callers, Callers) else None
    return found if isinstance(found, Caller) else None


def _page_of(request: Request[Any, Any, Any]) -> str:
    """The page that somebody was on: this one, or the one that a form was sent from."""
    if request.method == "GET":
        return request.url.path
    return urlsplit(request.headers.get("referer", "")).path


def headers_of(refused: Refused) -> dict[str, str]:
    """What goes with a refusal: that nobody keeps it, and when to try again."""
    headers = {"cache-control": "no-store"}
    if refused.code in TRY_AGAIN_S:
        headers["retry-after"] = str(TRY_AGAIN_S[refused.code])
    if "seconds" in refused.values:
        headers["retry-after"] = refused.values["seconds"]
    return headers


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    """True for a browser that shows what it gets, and for a page that puts it in its place."""
    is_api = request.url.path.startswith(API)
    return not is_api and "text/html" in request.headers.get("accept", "")


def _is_visit(request: Request[Any, Any, Any]) -> bool:
    """True when somebody goes to a page; what a page asks for itself keeps its place."""
    mode = request.headers.get("sec-fetch-mode", "navigate")
    asks_itself = "hx-request" in request.headers or mode != "navigate"
    return request.method == "GET" and _wants_page(request) and not asks_itself


def _rendered(request: Request[Any, Any, Any], shown: dict[str, Any]) -> str | None:
    """The page of an error; None when it breaks itself, which must not hide the first."""
    try:
        engine = request.app.template_engine
        assert engine is not None, "the application has templates"
        return str(engine.get_template("error.html").render(request=request, **shown))
    except Exception as error:  # noqa: BLE001 - whatever it is, there is an error to tell of
        log_error("request.error_page_broken", error)
        return None


def refusal(request: Request[Any, Any, Any], error: Refusal) -> Response[Any]:
    """A handler's refusal."""
    account_for(request, error.refused, error.problems)
    return answer(request, error.refused, error.problems)


def bad_input(request: Request[Any, Any, Any], error: BadInput) -> Response[Any]:
    """Input that cannot be read, with every fault in it."""
    account_for(request, plain("bad_input"), error.problems)
    return answer(request, plain("bad_input"), error.problems)


def http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework refuses before a handler is asked."""
    code = _OF_STATUS.get(error.status_code)
    if code is None:
        code = "bad_input" if error.status_code < BROKEN else "broken"
    if code == "broken":
        return broken(request, error)
    if error.status_code == NOT_SIGNED_IN and _is_visit(request):
        query = request.scope["query_string"].decode("latin-1")
        wanted = request.url.path + (f"?{query}" if query else "")
        return Response(
            "",
            status_code=SEE_OTHER,
            headers={"location": f"/sign-in?next={quote(wanted, safe='/')}"},
            media_type=MediaType.TEXT,
        )
    listed = error.extra if isinstance(error.extra, list) else []
    problems = tuple(
        Problem(where=str(each.get("key", "")), says=str(each.get("message", "")))
        for each in listed
        if isinstance(each, dict)
    )
    if not problems and code == "bad_input":
        problems = (Problem(where="body", says=error.detail),)
    account_for(request, plain(code), problems)
    return answer(request, plain(code), problems)


def stopped(request: Request[Any, Any, Any], _error: WriterStopped) -> Response[Any]:
    """The record cannot be written; nobody knows whether this request was."""
    return answer(request, plain("writer_stopped"))


def broken(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Our own bug: logged without anybody's words, told without details."""
    log_error("request.broken", error, path=request.scope["path"])
    return answer(request, plain("broken"))


HANDLERS: dict[int | type[Exception], Any] = {
    Refusal: refusal,
    BadInput: bad_input,
    HTTPException: http,
    WriterStopped: stopped,
    Exception: broken,
}
