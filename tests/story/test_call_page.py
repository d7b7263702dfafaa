# SPDX-License-Identifier: Apache-2.0
"""The page for new incidents: addresses of a local register, and whose an incident becomes."""

import html
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bavn.frame.addresses import NoAddresses
from bavn.runtime.addresses.register import AddressFile
from bavn.runtime.web.assets import STATIC
from tests.lilleland.nodes import EASTTOWN, WESTTOWN
from tests.runtime.addresses.lists import EAST, WEST, register, row
from tests.runtime.web.house import form_key
from tests.story.operations_served import Served, served, tell

pytestmark = [
    pytest.mark.slow,
    pytest.mark.story,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]
ROWS = [
    row("Skolevej", "4", EAST, (57.11111, 10.61111)),
    row("Skolevej", "6", EAST, (57.11121, 10.61111)),
    row("Skolevej", "4", WEST, (57.1, 9.3)),
    row("Bygaden", "2", EAST, (57.2, 10.31)),
]


async def reported(browser: httpx.AsyncClient, **fields: str) -> str:
    page = await browser.get("/incidents/new")
    answer = await browser.post("/incidents/new", data={**fields, "csrf": form_key(page.text)})
    assert answer.status_code == 303, answer.text
    shown = await browser.get(answer.headers["location"])
    assert shown.status_code == 200
    return html.unescape(shown.text)


async def place(browser: httpx.AsyncClient, **typed: str) -> str:
    answer = await browser.get("/incidents/new/place", params=typed)
    assert answer.status_code == 200, answer.text
    assert "<html" not in answer.text
    return html.unescape(answer.text)


def run(story: Callable[[Served], Awaitable[None]], path: Path, *, has_register: bool) -> None:
    async def told() -> None:
        async with served(path) as world:
            file = register(path, ROWS) if has_register else None
            world.room.addresses = file or NoAddresses()
            await story(world)
            if file is not None:
                file.close()

    tell(told())


@pytest.mark.requirement("E5.1")
def test_an_address_is_a_place_and_says_whose_the_incident_becomes(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        assert isinstance(world.room.addresses, AddressFile)
        async with world.person(EASTTOWN) as browser:
            assert "Lilleland" in (await browser.get("/incidents/new")).text
            # Those that are near the caller's own stations come first.
            found = await place(browser, address="skolev 4")
            assert found.index("Skolevej 4, 9801 Østby") < found.index("Skolevej 4, 9802 Vestby")
            assert "westtown" in await place(browser, address="Skolevej 4, 9802 Vestby")
            found = await place(browser, address="Bygaden 2")
            assert "Østby Brandvæsen" in found
            assert "Bygaden 2, 9801 Østby" in found
            one = await reported(browser, address="bygaden 2", type="BR-VIL")
            assert "57.20000, 10.31000" in one
            assert "nøjagtigt" in one
            # What was typed is what stands, to the letter.
            assert "bygaden 2" in one
            one = await reported(browser, address="Skolevej 4, 9801 Østby")
            assert "57.11111, 10.61111" in one

    run(story, tmp_path, has_register=True)


def test_what_may_be_several_places_is_none_until_somebody_chooses(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            one = await reported(browser, address="Skolevej 4")
            assert "ukendt sted" in one
            assert "Skolevej 4" in one
            one = await reported(browser, address="Skolevej 4", where="Østby")
            assert "57.11111, 10.61111" in one
            # A street stands for a place, and says that it is no more.
            one = await reported(browser, address="Bygaden")
            assert "kun vejens midte" in one
            assert "57.20, 10.31" in one
            one = await reported(browser, address="Bygaden 99")
            assert "kun vejens midte" in one
            # Coordinates are better than any address.
            one = await reported(browser, address="Bygaden 2", place="57.15, 10.65")
            assert "57.15000, 10.65000" in one

    run(story, tmp_path, has_register=True)


def test_without_a_register_what_is_typed_is_kept_and_the_page_says_so(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(EASTTOWN) as browser:
            assert "intet adresseregister" in (await browser.get("/incidents/new")).text
            found = await place(browser, address="Bygaden 2")
            assert "Det, der er skrevet, gemmes" in found
            assert "ukendt endnu" in found
            assert "Østby Brandvæsen" in await place(browser, address="x", where="Østby")
            one = await reported(browser, address="Bygaden 2", where="Østby")
            assert "Bygaden 2" in one
            assert "kun et punkt i kommunen" in one

    run(story, tmp_path, has_register=False)


def test_a_page_may_begin_filled_in(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.person(WESTTOWN) as browser:
            page = (await browser.get("/incidents/new?type=BR-VIL&address=Bygaden+2")).text
            assert 'value="BR-VIL"' in page
            assert 'value="Bygaden 2"' in page
            assert 'role="alert"' not in page.partition("<main")[2]

    run(story, tmp_path, has_register=False)


def test_a_program_finds_addresses_as_the_page_does(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN, function="planner") as client:
            answer = await client.get("/api/v1/addresses?q=skolev+4&municipality=0002&limit=2")
            found = answer.json()
            assert [each["text"] for each in found["items"]] == [
                "Skolevej 4, 9802 Vestby",
                "Skolevej 4, 9801 Østby",
            ]
            assert found["items"][0]["exact"]
            assert found["register"]["house_count"] == len(ROWS)
            for wrong in ("", "?q=", "?q=x&limit=0", "?q=x&municipality=oslo"):
                assert (await client.get(f"/api/v1/addresses{wrong}")).status_code == 422, wrong
        async with world.client(EASTTOWN, function="nobody") as client:
            assert (await client.get("/api/v1/addresses?q=x")).status_code == 403

    run(story, tmp_path, has_register=True)


def test_who_may_not_read_places_is_told_none(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN, function="organisation_administrator") as client:
            assert (await client.get("/incidents/new/place?address=x")).status_code == 200
        async with world.client(EASTTOWN, function="nobody") as client:
            answer = await client.get("/incidents/new/place?address=x")
            assert answer.status_code == 403

    run(story, tmp_path, has_register=False)
