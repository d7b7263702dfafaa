# SPDX-License-Identifier: Apache-2.0
"""Every route of the whole application names its act, and lets nobody in whom it should not."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from litestar.routes import ASGIRoute, HTTPRoute

from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import ORDINARY, Actor
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue, country_gate, given
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.live import Live
from bavn.runtime.mandates import Gate
from bavn.runtime.opened import open_to_write
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.guard import OWN, PUBLIC, SAFE_METHODS
from bavn.runtime.web.limits import Limit, Limits
from bavn.runtime.web.site import Site
from tests.lilleland.mandates import lilleland_gate
from tests.runtime.web.house import HTML, QUICK, House, run, sign_in

WORLD, HOST = World("lilleland"), OrganisationId("njb")
# What anybody may ask for without a name. Whatever is added here is open to the whole world.
OPEN = frozenset(
    {
        ("public.health", "GET", "/healthz"),
        ("public.health", "GET", "/readyz"),
        ("public.openapi", "GET", "/api"),
        ("public.openapi", "GET", "/api/openapi.json"),
        ("public.openapi", "GET", "/api/{path:str}"),
        ("public.outbox", "GET", "/outbox"),
        ("public.outbox", "GET", "/outbox"),
        ("public.sign_in", "GET", "/sign-in"),
        ("public.sign_in", "GET", "/sign-in/provider"),
        ("public.sign_in", "GET", "/sign-in/provider/back"),
        ("public.sign_in", "POST", "/sign-in"),
        ("public.sign_in", "POST", "/sign-in/role"),
        ("public.sign_out", "POST", "/sign-out"),
        ("public.static", "GET", "/service-worker.js"),
        ("public.static", "GET", "/static/{file_path:path}"),
        ("public.static", "HEAD", "/static/{file_path:path}"),
    }
)
ACT = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")
ROOMY = Limit("roomy", 100_000, 100_000)


@dataclass(frozen=True, order=True)
class Route:
    """A way into the application."""

    act: str
    method: str
    path: str
    from_here: bool = False

    @property
    def address(self) -> str:
        """An address that leads there."""
        return re.sub(r"\{[^}]*:int\}", "1", re.sub(r"\{[^}]*:(str|path)\}", "x", self.path))

    @property
    def is_open(self) -> bool:
        """True for what needs nobody's name."""
        return self.act.startswith(PUBLIC)


@asynccontextmanager
async def whole(path: Path) -> AsyncIterator[House]:
    """The whole application, with every capability, over an empty node."""
    country, parts = built_in(COUNTRY), catalogue()
    folder = Folder(path / "node")
    found_node(folder, WORLD, NodeId("n"), hosts=[HOST], areas=[HOST], catalogue=parts)
    live = Live(open_to_write(folder, WORLD, parts, may=country_gate(country)))
    access = Access(path / "access.db", QUICK)
    roomy = Limits(token=ROOMY, session=ROOMY, address=ROOMY, unknown=ROOMY, alarm=ROOMY)
    try:
        callers = Callers(access, country=country, site=Site(demo=True, limits=roomy))
        provided = given(live, country, folder.path)
        door = make_app(live, callers, CAPABILITIES, provided=provided)
        yield House(live=live, access=access, callers=callers, door=door)
    finally:
        await live.close()
        access.close()


def routes_of(own: House) -> tuple[Route, ...]:
    """Every route there is, of an application that is there."""
    found: set[Route] = set()
    for route in own.door.routes:
        assert isinstance(route, HTTPRoute | ASGIRoute), route
        found.update(_of(route))
    return tuple(sorted(found))


@cache
def routes() -> tuple[Route, ...]:
    """Every route there is. Not to be asked for inside a story, which has a loop of its own."""
    found: list[Route] = []

    async def story(path: Path) -> None:
        async with whole(path) as own:
            found.extend(routes_of(own))

    with TemporaryDirectory() as folder:
        run(story(Path(folder)))
    return tuple(found)


def _of(route: HTTPRoute | ASGIRoute) -> list[Route]:
    if isinstance(route, ASGIRoute):
        return [_route("GET", route.path, route.route_handler.opt)]
    return [
        _route(method, route.path, handler.opt)
        for method, (handler, _) in route.route_handler_map.items()
        if method != "OPTIONS"
    ]


def _route(method: str, path: str, opt: dict[str, Any]) -> Route:
    return Route(str(opt.get("act", "")), method, path, bool(opt.get("from_here")))


@cache
def alarms() -> frozenset[str]:
    """The acts that are never refused to anybody whom we know."""
    decisions = (each for part in CAPABILITIES for each in part.part.decisions)
    return frozenset(each.act for each in decisions if each.alarm)


def test_every_route_names_its_act() -> None:
    assert [each for each in routes() if ACT.fullmatch(each.act) is None] == []
    assert len(routes()) > 50


def test_what_is_open_to_the_world_is_on_the_list() -> None:
    assert {(each.act, each.method, each.path) for each in routes() if each.is_open} == OPEN


def test_only_figures_are_open_to_this_machine_without_a_name() -> None:
    assert [each.path for each in routes() if each.from_here] == ["/metrics"]


def asked() -> frozenset[str]:
    """The acts that take a mandate."""
    return frozenset(each.act for each in routes() if not each.act.startswith((PUBLIC, OWN)))


def nobodys(gate: Gate, *owners: str) -> set[str]:
    """The acts that no function of these organisations may do to its own."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    posts = [
        (Actor(organisation=OrganisationId(owner), function=function), OrganisationId(owner))
        for owner in owners
        for function in gate.book.roles
    ]
    return {
        act
        for act in asked()
        if not any(gate.grounds(actor, act, owner, ORDINARY, at) for actor, owner in posts)
    }


def test_every_act_is_somebodys_in_lilleland() -> None:
    assert nobodys(lilleland_gate(), "easttown", "eastern", "agency") == set()


# What the law in force knows nothing of: it can be played, in an exercise.
PROPOSED = {"levels.agree_procedure", "levels.propose_procedure", "levels.set_level"}


@pytest.mark.parametrize(("law", "unknown"), [("today", PROPOSED), ("proposed", set())])
def test_every_act_is_somebodys_by_the_law(law: str, unknown: set[str]) -> None:
    gate = country_gate(built_in(COUNTRY), law)
    assert nobodys(gate, "njb", "nordjylland", "brs") == unknown


def test_every_menu_entry_leads_to_a_page_by_its_own_act() -> None:
    pages = {(each.path, each.act) for each in routes() if each.method == "GET"}
    entries = {(entry.path, entry.act) for part in CAPABILITIES for entry in part.menu}
    assert entries <= pages


def test_looking_takes_an_act_of_reading_or_shows_the_form_of_another() -> None:
    sent = {each.act for each in routes() if each.method not in SAFE_METHODS}
    looking = {each.act for each in routes() if each.method == "GET" and not each.is_open}
    forms = {act for act in looking if not act.partition(".")[2].startswith("read_")}
    assert forms <= sent


async def answers(
    own: House, visitor: httpx.AsyncClient, **headers: str
) -> dict[Route, tuple[int, str]]:
    """What a visitor gets at every route that is not open: status, and code or place."""
    found: dict[Route, tuple[int, str]] = {}
    for route in routes_of(own):
        if not route.is_open:
            answer = await visitor.request(route.method, route.address, headers=headers)
            found[route] = (answer.status_code, _word(answer))
    return found


def _word(answer: httpx.Response) -> str:
    if "location" in answer.headers:
        return str(answer.headers["location"]).partition("?")[0]
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    found = answer.json() if is_json and answer.content else {}
    error = found.get("error", {}) if isinstance(found, dict) else {}
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def test_a_stranger_gets_nothing_anywhere(tmp_path: Path) -> None:
    async def story() -> None:
        async with whole(tmp_path) as own:
            stranger = own.visitor("203.0.113.7")
            got = await answers(own, stranger)
            assert {each: said for each, said in got.items() if said[0] != 401} == {}
            for visitor in (
                own.visitor("203.0.113.7", authorization="Bearer bavn_guess"),
                own.visitor("203.0.113.7", cookie="bavn-8112=guess"),
            ):
                got = await answers(own, visitor)
                assert {each: said for each, said in got.items() if said[0] != 401} == {}

    run(story())


def test_whoever_goes_to_a_page_is_led_to_sign_in(tmp_path: Path) -> None:
    async def story() -> None:
        async with whole(tmp_path) as own:
            got = await answers(own, own.visitor("203.0.113.7"), **HTML)
            lost = {
                each: said
                for each, said in got.items()
                if each.method == "GET"
                and not each.path.startswith("/api/")
                and said != (303, "/sign-in")
            }
            assert lost == {}

    run(story())


def test_a_function_that_may_nothing_gets_nothing_but_an_alarm_through(tmp_path: Path) -> None:
    async def story() -> None:
        async with whole(tmp_path) as own:
            machine = own.machine("a_function_of_nobodys", organisations=(HOST,))
            for route, (status, code) in (await answers(own, machine)).items():
                if route.act in alarms():
                    assert status not in (401, 403), route
                elif route.act.startswith(OWN):
                    assert status == 401, route
                else:
                    assert (status, code) == (403, "not_by_mandate"), route

    run(story())


def test_what_a_browser_sends_needs_our_own_pages_key(tmp_path: Path) -> None:
    async def story() -> None:
        async with whole(tmp_path) as own:
            own.account(organisation=HOST, function="duty_officer")
            person = own.visitor()
            assert (await sign_in(person)).status_code == 303
            unsafe = [each for each in routes_of(own) if each.method not in SAFE_METHODS]
            assert len(unsafe) > 15
            for route in unsafe:
                for headers in ({}, {"x-csrf-token": "guess"}):
                    answer = await person.request(route.method, route.address, headers=headers)
                    assert answer.status_code == 403, route
                    assert _word(answer) == "form_not_ours", route

    run(story())
