# SPDX-License-Identifier: Apache-2.0
"""The pages of coming in and going out."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from bavn.kernel.refusal import Refused
from bavn.runtime import clock
from bavn.runtime.accounts import Account
from bavn.runtime.sessions import form_key
from bavn.runtime.texts import Texts
from bavn.runtime.web.callers import language_of
from bavn.runtime.web.entrance import BACK, Entrance
from bavn.runtime.web.errors import headers_of, status_of

AnyRequest = Request[Any, Any, Any]
SIGN_IN = "/sign-in"
FRONT = "/"
FIELD_CHARACTERS_LIMIT = 4096
ADDRESS_CHARACTERS_LIMIT = 2048
# A path of our own. Two slashes, or a slash that a browser makes of another sign, lead elsewhere.
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
PUBLIC = {"act": "public.sign_in"}


def own_path(wanted: str) -> str:
    """Where to go on to: a path of ours, else the front page.

    >>> own_path("/incidents?open=1"), own_path("//evil.example"), own_path("https://evil.example")
    ('/incidents?open=1', '/', '/')
    """
    if len(wanted) > ADDRESS_CHARACTERS_LIMIT or _OWN_PATH.fullmatch(wanted) is None:
        return FRONT
    return FRONT if wanted.partition("?")[0] == SIGN_IN else wanted


@get(SIGN_IN, opt=PUBLIC, include_in_schema=False)
async def sign_in_page(
    request: AnyRequest,
    entrance: Entrance,
    onward: Annotated[str, QueryParameter(name="next")] = FRONT,
) -> Template:
    """Where people sign in."""
    return shown(request, entrance, own_path(onward))


@post(SIGN_IN, opt=PUBLIC, include_in_schema=False)
async def sign_in(request: AnyRequest, entrance: Entrance) -> Response[Any]:
    """Sign in by name and password."""
    form = await fields(request)
    onward = own_path(form.get("next", ""))
    name = form.get("name", "")
    found = await entrance.by_password(request, name, form.get("password", ""), clock.now())
    if isinstance(found, Refused):
        return shown(request, entrance, onward, found, name)
    return signed_in(request, entrance, found, "password", onward)


@get(f"{SIGN_IN}/provider", opt=PUBLIC, include_in_schema=False)
async def to_provider(
    request: AnyRequest,
    entrance: Entrance,
    onward: Annotated[str, QueryParameter(name="next")] = FRONT,
) -> Response[Any]:
    """On to the provider that people may sign in with."""
    address = await entrance.to_provider(request, own_path(onward))
    if isinstance(address, Refused):
        return shown(request, entrance, own_path(onward), address)
    return Redirect(address, status_code=303)


@get(BACK, opt=PUBLIC, include_in_schema=False)
async def from_provider(request: AnyRequest, entrance: Entrance) -> Response[Any]:
    """Back from the provider."""
    said = {name: str(value) for name, value in request.query_params.items()}
    found = await entrance.from_provider(request, said)
    if isinstance(found, Refused):
        return shown(request, entrance, FRONT, found)
    account, onward = found
    return signed_in(request, entrance, account, "provider", onward)


@post(f"{SIGN_IN}/role", opt=PUBLIC, include_in_schema=False)
async def choose_role(request: AnyRequest, entrance: Entrance) -> Response[Any]:
    """Be somebody in a world where nothing is real."""
    form = await fields(request)
    onward = own_path(form.get("next", ""))
    role = form.get("organisation", ""), form.get("function", "")
    found = entrance.by_role(*role, language_of(request), clock.now())
    if isinstance(found, Refused):
        return shown(request, entrance, onward, found)
    return signed_in(request, entrance, found, "role", onward)


@post("/sign-out", opt={"act": "public.sign_out"}, include_in_schema=False)
async def sign_out(request: AnyRequest, entrance: Entrance) -> Redirect:
    """End this browser's session."""
    callers = entrance.callers
    if raw := callers.session_shown(request):
        callers.access.sessions.end(raw)
    return Redirect(SIGN_IN, status_code=303, cookies=[callers.no_session_cookie(request)])


def signed_in(
    request: AnyRequest, entrance: Entrance, account: Account, way: str, onward: str
) -> Redirect:
    """On to where somebody wanted to go, under a session that is new; the one before is over."""
    callers = entrance.callers
    if before := callers.session_shown(request):
        callers.access.sessions.end(before)
    raw = callers.access.sessions.begin(account.id, way, clock.now())
    cookie = callers.session_cookie(request, raw)
    return Redirect(onward, status_code=303, cookies=[cookie])


def shown(
    request: AnyRequest,
    entrance: Entrance,
    onward: str,
    refused: Refused | None = None,
    name: str = "",
) -> Template:
    """The page, with what was wrong and the name as it was typed."""
    callers, language = entrance.callers, language_of(request)
    texts, secret, cookies = Texts(language), callers.form_secret(request), []
    if not secret:
        before = callers.before_cookie(request)
        secret, cookies = before.value or "", [before]
    wrong = None if refused is None else texts.refusal(refused)
    provider = entrance.provider
    context = {
        "call": request.state.get("call"),
        "t": texts,
        "csrf": form_key(secret),
        "onward": onward,
        "wrong": wrong,
        "name": name,
        "provider": None if provider is None else provider.settings.title,
        "roles": _roles(entrance, language) if callers.site.demo else [],
    }
    return Template(
        "sign_in.html",
        context=context,
        status_code=200 if refused is None else status_of(refused),
        headers={} if refused is None else headers_of(refused),
        cookies=cookies,
    )


def _roles(entrance: Entrance, language: str) -> list[Mapping[str, Any]]:
    callers = entrance.callers
    return [
        {
            "level": level.value,
            "organisations": [
                (each, callers.organisation_title(each, language)) for each in owners
            ],
            "functions": [(each.code, callers.title_of(each.code, language)) for each in functions],
        }
        for level, (owners, functions) in entrance.roles(clock.now()).items()
    ]


async def fields(request: AnyRequest) -> dict[str, str]:
    """The fields of a form, each a line at most."""
    form = await request.form()
    found = {str(name): value for name, value in form.items() if isinstance(value, str)}
    return {name: value for name, value in found.items() if len(value) <= FIELD_CHARACTERS_LIMIT}


HANDLERS = [sign_in_page, sign_in, to_provider, from_provider, sign_out]
