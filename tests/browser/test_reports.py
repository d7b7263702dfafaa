# SPDX-License-Identifier: Apache-2.0
"""On a phone at the scene: what is written without network is told once when there is one."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.axe import COLOURS, violations
from tests.browser.staged import served
from tests.runtime.web.house import NAME, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 60.0
PHONE = ViewportSize(width=390, height=844)
SEEN = "Lade i brand, ingen i fare"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("calls_stage", tmp_path_factory.mktemp("reports"), STARTS_S) as url:
        yield url


@pytest.mark.requirement("E5.1")
def test_a_report_written_without_network_is_one_fact_when_it_is_back(
    context: BrowserContext, house: str
) -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"{house}/sign-in")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    page.goto(f"{house}/incidents/new")
    page.locator("#f-type").fill("BR-GRD")
    page.locator("main form[method=post] button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/incidents/[0-9a-f-]{36}"))
    found = re.search(r"/incidents/([0-9a-f-]{36})", page.url)
    assert found is not None
    incident = f"{house}/incidents/{found[1]}"
    page.goto(f"{incident}/report")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # A cut line: what is sent comes nowhere.
    context.route("**/report", lambda route: route.abort())
    page.get_by_label("Set").fill(SEEN)
    page.get_by_role("button", name="Giv melding", exact=True).click()
    expect(page.locator(".form-status")).to_contain_text("Gemt på denne maskine")
    context.unroute("**/report")
    page.goto(f"{incident}/log?sort=written")
    # The page may be there before the letter is sent: what it says comes by itself.
    expect(page.locator(".log > li")).to_have_count(1, timeout=20_000)
    expect(page.locator("#outbox")).to_be_hidden()
    expect(page.locator(".log > li")).to_contain_text(SEEN)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def device(context: BrowserContext, house: str) -> Page:
    """A phone that somebody has signed in on."""
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"{house}/sign-in")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    return page


def is_made_for_a_glove(page: Page) -> None:
    """What is read in the sun and in the dark, and pressed with a thumb."""
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    pressed = "main :is(button, .button, summary, select, textarea, .choice)"
    heights = page.locator(pressed).evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().height).filter(each => each > 0)"
    )
    assert min(heights) >= 48


def board_with_a_task(page: Page, house: str) -> str:
    """The board of a new incident, on which one task stands."""
    page.goto(f"{house}/incidents/new")
    page.locator("#f-type").fill("BR-GRD")
    page.locator("main form[method=post] button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/incidents/[0-9a-f-]{36}"))
    found = re.search(r"/incidents/([0-9a-f-]{36})", page.url)
    assert found is not None
    board = f"{house}/incidents/{found[1]}/board"
    page.goto(board)
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    page.locator("#new-task > summary").click()
    page.locator("#n-task-text").fill("Sluk fra nord")
    page.get_by_role("button", name="Giv opgaven").click()
    return board


@pytest.mark.requirement("E5.3", "K9")
def test_two_devices_without_network_change_one_task_and_a_person_settles_it(
    context: BrowserContext, browser: Browser, house: str
) -> None:
    one = device(context, house)
    board = board_with_a_task(one, house)
    expect(one.locator(".task")).to_contain_text("Sluk fra nord")
    other_context = browser.new_context(locale="da-DK")
    other = device(other_context, house)
    other.goto(board)
    expect(other.locator(".task")).to_contain_text("Sluk fra nord")

    context.set_offline(True)
    other_context.set_offline(True)
    one.get_by_role("button", name="Begyndt").click()
    expect(one.locator(".task .form-status").first).to_contain_text("Gemt på denne maskine")
    other.locator(".task summary").click()
    other.locator(".task textarea").fill("Sluk fra syd")
    other.locator(".task details").get_by_role("button", name="Gem").click()
    expect(other.locator(".task details .form-status")).to_contain_text("Gemt på denne maskine")
    context.set_offline(False)
    other_context.set_offline(False)

    for page in (one, other):
        expect(page.locator(".versions > ol > li")).to_have_count(2, timeout=30_000)
        expect(page.locator(".versions")).to_contain_text("Sluk fra nord")
        expect(page.locator(".versions")).to_contain_text("Sluk fra syd")
        expect(page.locator("#outbox")).to_be_hidden()
    is_made_for_a_glove(one)
    chosen = other.locator(".versions > ol > li", has_text="Sluk fra syd")
    chosen.get_by_role("button", name="Det her gælder").click()
    for page in (one, other):
        expect(page.locator(".versions")).to_have_count(0)
        expect(page.locator(".task")).to_have_count(1)
        expect(page.locator(".task")).to_contain_text("Sluk fra syd")
    other_context.close()
