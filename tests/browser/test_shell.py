# SPDX-License-Identifier: Apache-2.0
"""Every page: for everybody, on every screen, by keyboard, and within its own policy."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.axe import violations
from tests.browser.conftest import Complaints, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ["/", "/?sort=-changed&area=oestdanmark", "/outbox", "/letters/new", "/wrong"]
PHONE = ViewportSize(width=360, height=740)


def settled(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    if page.locator("bavn-map").count():
        page.wait_for_selector("bavn-map[data-ready]")


@pytest.mark.parametrize("theme", ["light", "dark", "wall"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_the_guidelines(page: Page, server: Server, path: str, theme: str) -> None:
    page.add_init_script(f"localStorage.setItem('theme', '{theme}')")
    settled(page, server.url + path)
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_the_guidelines_on_a_phone(
    browser: Browser, server: Server, complaints: Complaints, path: str
) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="da-DK")
    page = context.new_page()
    complaints.listen(page)
    settled(page, server.url + path)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Landet nu")).to_be_visible()
    assert violations(page) == []
    context.close()


def test_nothing_is_loaded_from_elsewhere(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    settled(page, server.url + "/")
    assert asked
    assert [url for url in asked if not url.startswith(server.url)] == []


def test_the_policy_stops_what_is_written_in_a_page(
    page: Page, server: Server, complaints: Complaints
) -> None:
    settled(page, server.url + "/")
    page.evaluate("document.body.setAttribute('onclick', 'window.ran = true')")
    page.locator("body").click(position={"x": 5, "y": 200})
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in each for each in complaints)
    complaints.clear()


def test_a_scheme_is_kept_and_shown_from_the_first_moment(
    context: BrowserContext, server: Server
) -> None:
    page = context.new_page()
    settled(page, server.url + "/outbox")
    page.get_by_label("Udseende").select_option("dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    other = context.new_page()
    other.goto(server.url + "/outbox", wait_until="commit")
    other.wait_for_selector("html[data-theme=dark]")


def test_the_language_is_changed_on_the_spot(page: Page, server: Server) -> None:
    settled(page, server.url + "/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Open incidents")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#link")).to_contain_text("Connected")


def test_another_world_shows_by_frame_colour_and_word(page: Page, server: Server) -> None:
    page.goto(server.url + "/outbox")
    expect(page.locator(".world strong")).to_have_text("DEMO")
    expect(page).to_have_title("Ikke sendt endnu · DEMO · Bavn")
    frame = page.evaluate("getComputedStyle(document.body, '::after').borderTopWidth")
    assert frame == "4px"


def test_a_page_can_be_used_without_a_mouse(page: Page, server: Server) -> None:
    settled(page, server.url + "/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Gå til indholdet")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    area = page.get_by_role("link", name="Nordjylland")
    area.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Åbne hændelser i Nordjylland")).to_be_visible()
    first = page.locator("tbody tr[data-incident] a").first
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("tbody tr[data-incident] a").nth(1)).to_be_focused()
    target = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")


def test_less_movement_is_none(browser: Browser, server: Server) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.url + "/outbox", wait_until="domcontentloaded")
    duration = page.evaluate(
        "getComputedStyle(document.querySelector('.link .icon')).animationName"
    )
    assert duration == "none"
    context.close()


def test_a_page_of_forced_colours_still_has_edges(browser: Browser, server: Server) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(server.url + "/")
    border = page.evaluate("getComputedStyle(document.querySelector('.badge')).borderTopStyle")
    assert border == "solid"
    context.close()
