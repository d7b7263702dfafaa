# SPDX-License-Identifier: Apache-2.0
"""The pages of operations, as a browser without scripts meets them."""

import html
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bavn.runtime.web.assets import STATIC
from tests.lilleland.nodes import EASTTOWN, WESTTOWN
from tests.runtime.web.house import form_key
from tests.story.operations_served import Served, served, tell

pytestmark = [
    pytest.mark.slow,
    pytest.mark.story,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]

UNIT = "easttown-01-asp-1"
REPORT = {
    "type": "villa",
    "where": "Østby",
    "place": "57.123456, 10.654321",
    "address": "Skolevej 4",
    "text": "<b>barn savnes</b>",
    "urgency": "",
}


async def shown(browser: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


async def send(
    browser: httpx.AsyncClient, path: str, fields: dict[str, str], page: str, status: int = 303
) -> httpx.Response:
    """Send a form as the page has it, with what was typed."""
    answer = await browser.post(path, data={**fields, "csrf": form_key(page)})
    assert answer.status_code == status, answer.text
    return answer


async def reported(browser: httpx.AsyncClient, **fields: str) -> str:
    page = await shown(browser, "/incidents/new")
    answer = await send(browser, "/incidents/new", {**REPORT, **fields}, page)
    return answer.headers["location"]


def test_a_report_is_typed_in_and_everything_about_it_is_on_its_page(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            one = await reported(browser)
            page = await shown(browser, one)
            for said in ("Villabrand", "Østby Brandvæsen", "57.12346, 10.65432", "Skolevej 4"):
                assert said in page
            # What was typed is text, never markup.
            assert "&lt;b&gt;barn savnes&lt;/b&gt;" in page
            assert "<b>barn" not in page
            assert "egen kalibrering" in page

            await send(browser, f"{one}/note", {"note": "nøgle hos naboen"}, page)
            await send(browser, f"{one}/correct", {"type": "RE-DYR", "urgency": "immediate"}, page)
            page = await shown(browser, one)
            assert "Type rettet til Dyreredning (før: Villabrand)" in page
            (fact,) = re.findall(r'id="fact-([^"]+)">(?:(?!</li>).)*Type rettet', page, re.DOTALL)[
                -1:
            ]
            await send(browser, f"{one}/strike", {"fact": fact, "reason": "forkert"}, page)
            page = await shown(browser, one)
            assert re.search(rf'id="fact-{fact}" class="struck"', page)
            assert "<s>Type rettet" in page
            await send(browser, f"{one}/close", {"outcome": "real"}, page)
            page = await shown(browser, one)
            assert "afsluttet: reel hændelse" in page
            assert 'id="close-form"' not in page
            printed = await shown(browser, f"{one}/print")
            assert "nøgle hos naboen" in printed
            assert "<form" not in printed.partition("<main")[2].partition("</main>")[0]

    run(story, tmp_path)


def test_the_list_shows_what_is_asked_for(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            one = await reported(browser)
            other = await reported(browser, place="57.1 9.3", where="")
            await send(browser, f"{one}/close", {"outcome": "real"}, await shown(browser, one))
            for query, wanted in (
                ("", [other]),
                ("?state=all", [one, other]),
                ("?state=closed", [one]),
                (f"?state=all&service={EASTTOWN}", [one]),
                ("?state=all&area=western", [other]),
                ("?state=all&service=nobody", []),
            ):
                page = await shown(browser, f"/incidents{query}")
                assert [each for each in (one, other) if each in page] == wanted, query

    run(story, tmp_path)


def test_what_was_typed_comes_back_with_what_is_wrong_and_can_be_sent_all_the_same(
    tmp_path: Path,
) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            typed = {**REPORT, "type": "brand i noget", "place": "ved kirken", "where": "Nørreby"}
            page = await shown(browser, "/incidents/new")
            answer = await send(browser, "/incidents/new", typed, page, 422)
            page = html.unescape(answer.text)
            assert 'role="alert"' in page
            for name in ("type", "place", "where"):
                assert f'href="#f-{name}"' in page
                assert f'value="{typed[name]}"' in page
            assert REPORT["text"] in page
            assert world.live.position == 0
            answer = await send(browser, "/incidents/new", {**typed, "anyway": "1"}, answer.text)
            page = await shown(browser, answer.headers["location"])
            for words in ("brand i noget", "ved kirken", "Nørreby", "ukendt type"):
                assert words in page

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("where", "says", "owner_by"),
    [
        ("Østby", "kun et punkt i kommunen", "dækker stedet"),
        ("Øst (easttown-01)", "kun stationens sted", "nævnt af den, der meldte"),
    ],
)
def test_what_is_named_stands_for_a_place_that_nobody_told(
    where: str, says: str, owner_by: str, tmp_path: Path
) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            one = await reported(browser, where=where, place="")
            page = await shown(browser, one)
            assert "57.10, 10.60" in page
            assert says in page
            assert owner_by in page
            assert "Nøjagtigt sted" not in page
            # What is told afterwards is the place.
            await send(browser, f"{one}/correct", {"place": "57.123456, 10.654321"}, page)
            page = await shown(browser, one)
            assert "57.12346, 10.65432" in page
            assert says not in page

    run(story, tmp_path)


def test_an_empty_report_is_taken(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            page = await shown(browser, "/incidents/new")
            answer = await send(browser, "/incidents/new", {}, page)
            assert "tog imod meldingen" in await shown(browser, answer.headers["location"])

    run(story, tmp_path)


def test_a_form_that_is_sent_twice_is_one_report(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            first = await reported(browser, sender_ref="k1")
            assert await reported(browser, sender_ref="k1") == first
            page = await shown(browser, "/incidents/new")
            other = {**REPORT, "sender_ref": "k1", "text": "noget andet"}
            answer = await send(browser, "/incidents/new", other, page, 409)
            assert "Send rettelsen under sit eget nummer" in answer.text
            assert "noget andet" in answer.text

    run(story, tmp_path)


def test_each_form_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            one = await reported(browser)
            page = await shown(browser, one)
            for act, fields, status, says in (
                ("note", {"note": " "}, 422, "Skriv, hvad der skal gemmes."),
                ("close", {"outcome": "x"}, 422, "Vælg, hvad det viste sig at være."),
                ("strike", {"fact": "x", "reason": ""}, 422, "Skriv, hvorfor"),
                ("strike", {"fact": "x", "reason": "y"}, 409, "Der er ingen oplysning x her."),
                ("correct", {"type": "nonsens"}, 422, "nonsens er ikke en kendt type"),
                ("correct", {"place": "91, 200"}, 422, "er ikke et sted"),
                ("correct", {}, 409, "Der står intet i rettelsen"),
            ):
                answer = await send(browser, f"{one}/{act}", fields, page, status)
                assert says in html.unescape(answer.text), act
                assert 'role="alert"' in answer.text
                # Sent again from the page that came back, it goes where it should.
                assert f'action="{one}/note"' in answer.text
            await send(browser, f"{one}/close", {"outcome": "real"}, page)
            answer = await send(browser, f"{one}/close", {"outcome": "real"}, page, 409)
            assert "er allerede afsluttet" in answer.text
            await send(browser, "/incidents/nowhere/note", {"note": "x"}, page, 404)
            await shown(browser, "/incidents/nowhere", 404)

    run(story, tmp_path)


def test_a_form_from_elsewhere_does_nothing(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            one = await reported(browser)
            before = world.live.position
            for path in (
                "/incidents/new",
                *(f"{one}/{act}" for act in ("note", "correct", "strike", "close")),
                f"/units/{UNIT}/status",
            ):
                answer = await browser.post(path, data={"note": "x", "status": "alerted"})
                assert answer.status_code == 403, path
            assert world.live.position == before

    run(story, tmp_path)


def test_a_unit_is_moved_from_its_page(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            one = await reported(browser)
            name, path = one.rpartition("/")[2], f"/units/{UNIT}"
            page = await shown(browser, path)
            assert "ingen melding" in page
            await send(browser, f"{path}/status", {"status": "alerted", "incident": name}, page)
            page = await shown(browser, path)
            moves = re.findall(r'name="status" value="([a-z_]+)"', page)
            assert moves == ["en_route", "available", "on_radio", "not_ready"]
            assert one in page
            assert UNIT in await shown(browser, one)
            await send(browser, f"{path}/status", {"status": "at_scene"}, page)
            assert "et skridt er sprunget over" in await shown(browser, path)
            answer = await send(browser, f"{path}/status", {"status": "x"}, page, 422)
            assert "Vælg en status." in answer.text
            await shown(browser, "/units/nowhere", 404)

    run(story, tmp_path)


def test_a_neighbours_page_shows_what_everyone_may_and_refuses_in_words(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            told = await east.post("/api/v1/incidents", json={"text": "CANARY", "type": "BR-VIL"})
            one = f"/incidents/{told.json()['id']}"
        async with world.person(WESTTOWN) as browser:
            page = await shown(browser, one)
            assert "CANARY" not in page
            answer = await send(browser, f"{one}/note", {"note": "mit notat"}, page, 403)
            assert "mit notat" in answer.text
            assert 'role="alert"' in answer.text

    run(story, tmp_path)


def run(story: Callable[[Served], Awaitable[None]], path: Path) -> None:
    async def whole() -> None:
        async with served(path) as world:
            await story(world)

    tell(whole())
