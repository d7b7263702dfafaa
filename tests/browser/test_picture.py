# SPDX-License-Identifier: Apache-2.0
"""The national picture in a browser: it is true, it is new, and it says how old it is."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What the page promises: a silent line is noticed within this.
NOTICED_S = 12.0
TABS = 8


def opened(page: Page, server: Server, path: str = "/") -> None:
    page.goto(server.url + path)
    page.wait_for_selector("bavn-map[data-ready]")
    expect(page.locator("#link[data-state=up]")).to_be_visible()


def idle(page: Page) -> None:
    """Wait until the map has drawn all that it was given."""
    page.evaluate(
        """() => new Promise(done => {
          const map = document.querySelector("bavn-map").map;
          map.once("idle", done);
          map.triggerRepaint();
        })"""
    )


def drawn(page: Page, layer: str) -> int:
    """How many features of a layer the map has drawn now."""
    count: int = page.evaluate(
        """layer => {
          const map = document.querySelector("bavn-map").map;
          return map.queryRenderedFeatures({ layers: [layer] }).length;
        }""",
        layer,
    )
    return count


@pytest.mark.requirement("E8.1")
def test_the_page_is_whole_before_any_script_runs(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(server.url)
    expect(page.locator("tr[data-incident]")).to_have_count(24)
    expect(page.locator("#area-all td.open")).to_have_text("24")


@pytest.mark.requirement("E8.1")
def test_what_happens_shows_by_itself_marked_as_new(page: Page, own_server: Server) -> None:
    opened(page, own_server)
    expect(page.locator(".news")).to_contain_text("Intet nyt")
    own_server.tell("report")
    expect(page.locator("tr.new")).to_have_count(1)
    expect(page.locator("#area-all td.open")).to_have_text("25")
    own_server.tell("close")
    expect(page.locator(".news")).to_contain_text("Nye: 1")
    expect(page.locator(".news")).to_contain_text("Lukkede: 1")
    page.reload()
    expect(page.locator("tr.new")).to_have_count(1)
    page.get_by_role("button", name="Markér alt som set").click()
    expect(page.locator("tr.new")).to_have_count(0)
    expect(page.locator(".news")).to_contain_text("Intet nyt")


def test_the_map_draws_what_the_list_says(page: Page, server: Server) -> None:
    opened(page, server)
    idle(page)
    assert drawn(page, "incidents") == page.locator("tr[data-incident]").count()
    assert drawn(page, "units") > 0
    assert drawn(page, "stations") > 0
    expect(page.locator("bavn-map .source")).to_contain_text("Natural Earth")
    expect(page.locator("bavn-map .notice")).to_have_text("Omtrentligt kort")


def test_the_map_says_louder_where_its_coast_misleads(page: Page, server: Server) -> None:
    opened(page, server)
    page.evaluate("document.querySelector('bavn-map').map.jumpTo({zoom: 9})")
    expect(page.locator("bavn-map .notice.loud")).to_contain_text("Kystlinjen er omtrentlig")


def test_enter_on_the_map_opens_what_is_nearest_to_its_middle(page: Page, server: Server) -> None:
    opened(page, server)
    page.evaluate(
        """() => {
          const map = document.querySelector("bavn-map").map;
          const [feature] = map.queryRenderedFeatures({ layers: ["incidents"] });
          map.jumpTo({ center: feature.geometry.coordinates, zoom: 12 });
        }"""
    )
    idle(page)
    page.locator("bavn-map canvas.maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/**")


def test_ages_grow_while_one_looks(page: Page, own_server: Server) -> None:
    page.clock.install()
    opened(page, own_server)
    own_server.tell("report")
    row = page.locator("tr.new .c-reported time")
    expect(row).to_have_text("nu")
    page.clock.run_for(3 * 60_000)
    expect(row).to_have_text("3 min")


def test_one_stream_serves_every_tab(context: BrowserContext, own_server: Server) -> None:
    pages = [context.new_page() for _ in range(TABS)]
    for page in pages:
        page.goto(own_server.url + "/")
    for page in pages:
        expect(page.locator("#link[data-state=up]")).to_be_visible()
    assert own_server.tell("look")["listeners"] == 1
    own_server.tell("report")
    pages[0].bring_to_front()
    expect(pages[0].locator("tr.new")).to_have_count(1)


def test_a_frozen_server_is_noticed_and_its_return_too(page: Page, own_server: Server) -> None:
    opened(page, own_server)
    own_server.freeze()
    began = time.monotonic()
    expect(page.locator("#link[data-state=down]")).to_be_visible(timeout=NOTICED_S * 1000)
    assert time.monotonic() - began <= NOTICED_S
    expect(page.locator("#lost")).to_contain_text("Ingen forbindelse siden kl.")
    own_server.thaw()
    expect(page.locator("#link[data-state=up]")).to_be_visible(timeout=10_000)
    expect(page.locator("#lost")).to_be_hidden()


def test_a_browser_without_shared_workers_has_a_stream_for_each_page(
    page: Page, own_server: Server
) -> None:
    page.add_init_script("delete window.SharedWorker")
    opened(page, own_server)
    own_server.tell("report")
    expect(page.locator("tr.new")).to_have_count(1)


def test_an_empty_country_says_so(page: Page, own_server: Server) -> None:
    own_server.tell("empty")
    opened(page, own_server)
    expect(page.get_by_text("Ingen åbne hændelser")).to_be_visible()


@pytest.mark.requirement("E8.1")
def test_a_thousand_incidents_and_2500_units_stay_usable(page: Page, tmp_path: Path) -> None:
    server = Server(tmp_path / "letters.jsonl", "--incidents", "1000", "--units", "2500")
    server.start()
    try:
        opened(page, server)
        expect(page.locator("tr[data-incident]")).to_have_count(100)
        page.get_by_role("link", name="Næste").click()
        expect(page.locator(".pages")).to_contain_text("101–200 af 1000")
        page.evaluate(
            """() => {
              const map = document.querySelector("bavn-map");
              window.frames_ms = [];
              const from = map.map.getSource("units").setData.bind(map.map.getSource("units"));
              map.map.getSource("units").setData = data => {
                const began = performance.now();
                from(data);
                map.map.once("idle", () => window.frames_ms.push(performance.now() - began));
              };
            }"""
        )
        # How long it takes is for the benchmark to say; here, that each move is drawn.
        for drawn_count in range(1, 4):
            server.tell("move")
            page.wait_for_function(
                "count => window.frames_ms.length >= count", arg=drawn_count, timeout=30_000
            )
    finally:
        server.stop()
