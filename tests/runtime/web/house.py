# SPDX-License-Identifier: Apache-2.0
"""A house of Lilleland's with its door open, and visitors who need no socket."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from litestar.types import ControllerRouterHandler

from bavn.frame.capability import Capability
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import May
from bavn.runtime.access import Access
from bavn.runtime.accounts import Account
from bavn.runtime.live import Live
from bavn.runtime.oidc import Provider
from bavn.runtime.opened import open_to_write
from bavn.runtime.passwords import Argon2
from bavn.runtime.tokens import Token
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.door import Door
from bavn.runtime.web.site import Site
from tests.lilleland.country import lilleland
from tests.lilleland.mandates import lilleland_gate
from tests.lilleland.vocabulary import PART, catalogue
from tests.runtime.folders import AREA, TOWN, WORLD, founded

# Its alarm is `lilleland.report_fire`.
LILLELAND = Capability(name="lilleland", part=PART)
HERE, ELSEWHERE = "http://127.0.0.1:8112", "203.0.113.7"
NAME, PASSWORD = "pia", "blå cykel under tre graner"
PERSON = "Pia Opdigtet"
AGENCY = OrganisationId("agency")
# The product's own parameters cost a tenth of a second each; what they are is tested by itself.
QUICK = Argon2(iterations=1, memory_kib=64)
HTML = {"accept": "text/html"}


def run(story: Coroutine[Any, Any, None]) -> None:
    """Tell a story to its end, in a loop of its own."""
    asyncio.run(asyncio.wait_for(story, 60))


@dataclass(frozen=True, kw_only=True)
class House:
    """A served world, and what stands behind it."""

    live: Live
    access: Access
    callers: Callers
    door: Door

    def visitor(
        self, address: str = "127.0.0.1", origin: str = HERE, **headers: str
    ) -> httpx.AsyncClient:
        """A browser or program at some address, with a jar of its own."""
        transport = httpx.ASGITransport(
            self.door, client=(address, 5000), raise_app_exceptions=True
        )
        return httpx.AsyncClient(transport=transport, base_url=origin, headers=headers)

    def machine(self, function: str = "watch", **token: Any) -> httpx.AsyncClient:
        """A program with a token."""
        given = {"name": f"{function}-machine", "organisations": (TOWN,), "function": function}
        raw = self.access.tokens.make(Token(**{**given, **token}))
        return self.visitor(authorization=f"Bearer {raw}")

    def account(
        self,
        name: str = NAME,
        password: str | None = PASSWORD,
        subject: str | None = None,
        **what: Any,
    ) -> Account:
        """A person who may sign in."""
        given = {"organisation": TOWN, "function": "watch", "personal": True, "display": PERSON}
        account = Account(**{"id": f"id-{name}", "name": name, **given, **what})
        kept = None if password is None else QUICK.make(password)
        self.access.accounts.add(account, kept, subject)
        return account

    async def person(self, name: str = NAME, **what: Any) -> httpx.AsyncClient:
        """A browser that somebody has signed in with."""
        self.account(name, **what)
        visitor = self.visitor()
        answer = await sign_in(visitor, name)
        assert answer.status_code == 303, answer.text
        return visitor


@asynccontextmanager
async def house(
    path: Path,
    handlers: Sequence[ControllerRouterHandler] = (),
    *,
    provider: Provider | None = None,
    may: May | None = None,
    **site: Any,
) -> AsyncIterator[House]:
    """A house in a folder."""
    country = lilleland()
    gate = may or lilleland_gate()
    live = Live(open_to_write(founded(path / "node"), WORLD, catalogue(), may=gate))
    access = Access(path / "access.db", QUICK)
    try:
        callers = Callers(access, country=country, site=Site(**site))
        door = make_app(live, callers, (LILLELAND,), handlers=handlers, provider=provider)
        yield House(live=live, access=access, callers=callers, door=door)
    finally:
        await live.close()
        access.close()


def form_key(page: str) -> str:
    """The hidden field of the first form on a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


async def page_key(visitor: httpx.AsyncClient) -> str:
    """What this browser's forms carry now."""
    answer = await visitor.get("/sign-in", headers=HTML)
    return form_key(answer.text)


async def sign_in(
    visitor: httpx.AsyncClient, name: str = NAME, password: str = PASSWORD, onward: str = "/"
) -> httpx.Response:
    """What comes of signing in as a browser does."""
    fields = {"name": name, "password": password, "next": onward}
    fields["csrf"] = await page_key(visitor)
    return await visitor.post("/sign-in", data=fields, headers=HTML)


__all__ = ["AREA", "TOWN"]
