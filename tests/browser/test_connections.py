# SPDX-License-Identifier: Apache-2.0
"""Another node falls silent while somebody looks: it is said, drawn and counted, and it ends."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.axe import violations
from tests.browser.conftest import Complaints, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = ViewportSize(width=360, height=740)
# By itself, and never by loading the page anew; how soon is said by the silence's own clock.
SHOWN_MS = 10_000


@pytest.fixture(scope="module")
def unheard(server: Server) -> Iterator[Server]:
    """The stage while the north is silent."""
    server.tell("silent")
    yield server
    server.tell("heard")


def drawn_unheard(page: Page) -> int:
    """How many drawings on the map say that their owner's node is silent."""
    count: int = page.evaluate(
        """() => {
          const map = document.querySelector("bavn-map").map;
          const layers = ["incidents", "units", "stations"];
          const all = map.queryRenderedFeatures({ layers });
          return all.filter(each => each.properties.image.endsWith("/unheard")).length;
        }"""
    )
    return count


@pytest.mark.requirement("E5.6")
@pytest.mark.requirement("E8.1")
def test_a_silence_shows_by_itself_and_so_does_its_end(page: Page, own_server: Server) -> None:
    page.goto(own_server.url + "/")
    page.wait_for_selector("bavn-map[data-ready]")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    rows = page.locator("tr[data-incident]").count()
    own_server.tell("silent")
    sentence = page.locator(".silences")
    expect(sentence).to_contain_text("Nordjylland er ikke hørt siden", timeout=SHOWN_MS)
    expect(sentence).to_contain_text("Hvad der er sket siden, vides ikke her.")
    expect(page.locator("#area-nordjylland.unheard time")).to_have_text("6 min")
    assert page.locator("tr[data-incident]").count() == rows
    assert page.locator("tr[data-incident].unheard").count() > 0
    page.wait_for_function(
        """() => document.querySelector("bavn-map").map
            .queryRenderedFeatures({layers: ["incidents"]})
            .some(each => each.properties.image.endsWith("/unheard"))"""
    )
    assert drawn_unheard(page) > 1

    own_server.tell("catching")
    expect(sentence).to_contain_text("henter 1.204 oplysninger", timeout=SHOWN_MS)
    expect(page.locator("tr.unheard")).to_have_count(0)
    own_server.tell("heard")
    expect(sentence).to_have_text("", timeout=SHOWN_MS)


def test_the_mark_in_the_header_leads_to_the_page_that_keeps_itself_new(
    page: Page, own_server: Server
) -> None:
    page.goto(own_server.url + "/outbox")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    expect(page.locator("#nodes-silent")).to_be_hidden()
    own_server.tell("silent")
    mark = page.get_by_role("link", name="1 node er tavs")
    expect(mark).to_be_visible(timeout=SHOWN_MS)
    mark.click()
    expect(page.get_by_role("heading", name="Forbindelser")).to_be_visible()
    north = page.locator("tbody tr").first
    expect(north).to_contain_text("Nordjylland")
    expect(north).to_contain_text("tavs")
    # A page that is opened knows at once what the one before it was told.
    expect(mark).to_be_visible()
    own_server.tell("heard")
    expect(page.locator("#n-nordjylland")).to_contain_text("hørt", timeout=SHOWN_MS)
    expect(page.locator("#n-nordjylland.is-silent")).to_have_count(0)
    expect(page.locator("#nodes-silent")).to_be_hidden()
    age = page.locator("#n-nordjylland time")
    expect(age).to_have_text("3 s", timeout=SHOWN_MS)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/connections"])
def test_a_page_with_a_silence_keeps_the_guidelines(
    page: Page, unheard: Server, path: str, theme: str
) -> None:
    page.add_init_script(f"localStorage.setItem('theme', '{theme}')")
    page.goto(unheard.url + path)
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    unheard.tell("silent")
    expect(page.locator("#nodes-silent")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "/connections"])
def test_a_page_with_a_silence_fits_a_phone(
    browser: Browser, unheard: Server, complaints: Complaints, path: str
) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="da-DK")
    page = context.new_page()
    complaints.listen(page)
    page.goto(unheard.url + path)
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    unheard.tell("silent")
    expect(page.get_by_role("link", name="1 node er tavs")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []
    context.close()


def test_a_node_alone_is_told_how_to_join(page: Page, own_server: Server) -> None:
    own_server.tell("alone")
    page.goto(own_server.url + "/connections")
    expect(page.get_by_role("heading", name="Denne node er alene")).to_be_visible()
    expect(page.get_by_text("bavn join")).to_be_visible()
    assert violations(page) == []


def test_what_a_silent_owner_told_of_a_district_is_hatched_with_a_word(
    page: Page, unheard: Server
) -> None:
    page.goto(unheard.url + "/situation/districts")
    expect(page.locator(".silence")).to_contain_text("Nordjylland er ikke hørt siden")
    expect(page.locator("#district-unknown .unheard-mark")).to_be_visible()
    expect(page.locator("#district-fyns-politi .unheard-mark")).to_have_count(0)
    assert violations(page) == []
    page.goto(unheard.url + "/situation/districts/unknown")
    there, silent = page.locator("tr[id^=i-]").count(), page.locator("tr.unheard").count()
    assert 0 < silent < there
    expect(page.locator("tr.unheard .unheard-mark").first).to_contain_text("sidst hørt")
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
