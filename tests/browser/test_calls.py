# SPDX-License-Identifier: Apache-2.0
"""A direct call in a real browser: from an empty page to the first turn-out, counted in keys."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, ViewportSize, expect

from tests.browser.axe import COLOURS, violations
from tests.browser.staged import served
from tests.runtime.web.house import NAME, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 60.0
WIDE, PHONE = ViewportSize(width=1500, height=820), ViewportSize(width=390, height=844)
# Beside the text that is typed.
KEYS_MOST = 12


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("calls_stage", tmp_path_factory.mktemp("calls"), STARTS_S) as url:
        yield url


class Keys:
    """A keyboard that counts, but for the text that is typed."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.count = 0

    def type(self, text: str) -> None:
        """Type what a caller says."""
        self._page.keyboard.type(text)

    def press(self, *keys: str) -> None:
        """Press keys that are no text."""
        for key in keys:
            self._page.keyboard.press(key)
            self.count += 1


@pytest.fixture
def caller(context: BrowserContext, house: str) -> Page:
    page = context.new_page()
    page.goto(f"{house}/sign-in")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    return page


def asked(page: Page, question: str) -> None:
    """Wait until a question is the one that keys answer."""
    expect(page.locator(f"[data-current][data-question={question}]")).to_be_visible()


@pytest.mark.requirement("E5.1")
def test_from_an_empty_page_to_the_first_turn_out_in_few_keys(caller: Page, house: str) -> None:
    page = caller
    page.goto(f"{house}/incidents/new")
    expect(page.get_by_label("Type")).to_be_focused()
    keys = Keys(page)
    keys.type("villa")
    keys.press("Tab")
    keys.type("opdigtsg 12 aalb")
    option = page.locator("#places").get_by_role("option")
    expect(option.first).to_contain_text("Opdigtsgade 12B, 0851 Aalborg")
    keys.press("ArrowDown", "Enter")
    expect(page.locator("#f-address")).to_have_value("Opdigtsgade 12B, 0851 Aalborg")
    # Whose it becomes is there before it is reported.
    expect(page.locator(".becomes")).to_contain_text("Aalborg")
    keys.press("Enter")
    page.wait_for_url("**/call")
    asked(page, "people")
    keys.press("1")
    asked(page, "storeys")
    keys.press("2")
    asked(page, "seen")
    keys.press("0")
    asked(page, "dangers")
    keys.press("1")
    asked(page, "access")
    keys.press("Escape")
    expect(page.locator("#go-send")).to_be_focused()
    keys.press("Enter")
    page.wait_for_url("**/send")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("button", name="Kald tilbage").first).to_be_visible()
    assert keys.count <= KEYS_MOST, keys.count
    # What was answered, and what that changed, stands on the incident.
    page.goto(page.url.partition("/send")[0])
    expect(page.get_by_text("Personer på 1. til 3. sal")).to_be_visible()
    expect(page.get_by_text("Gasflasker i bygningen")).to_be_visible()
    # A number to call back is still missing: given, it is gone, without the page being fetched.
    missing = page.locator("#missing")
    expect(missing).to_contain_text("nummer at ringe tilbage på")
    missing.get_by_label("nummer at ringe tilbage på").fill("12345678")
    missing.get_by_role("button").click()
    expect(missing).to_have_count(0)


def test_what_is_answered_while_the_line_is_down_arrives_and_every_page_keeps_the_guidelines(
    caller: Page, house: str
) -> None:
    page = caller
    page.goto(f"{house}/incidents/new?type=BR-VIL&place=57.05,+9.92")
    keeps_the_guidelines(page)
    page.get_by_label("Type").press("Enter")
    page.wait_for_url("**/call")
    asked(page, "people")
    keeps_the_guidelines(page)
    asked(page, "people")
    path = page.url

    def lost(route: Route) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.continue_()

    page.route("**/call", lost)
    for key, then in (("2", "seen"), ("2", "dangers"), ("4", "access")):
        page.keyboard.press(key)
        asked(page, then)
    expect(page.locator("#outbox")).to_have_text("3 ikke sendt")
    # Back to what was answered, by one key.
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    asked(page, "access")
    page.unroute("**/call")
    page.goto(path)
    # The page is sent before the letters are: what they say comes to it by itself.
    for said in ("Alle skulle være ude", "Kun røg set udefra", "Dyr i bygningen"):
        expect(page.get_by_text(said)).to_be_visible(timeout=20_000)
    expect(page.locator("#outbox")).to_be_hidden()
    page.goto(path.removesuffix("/call"))
    expect(page.locator("#missing")).to_be_visible()
    keeps_the_guidelines(page)
    page.goto(f"{house}/calls/missing")
    keeps_the_guidelines(page)


def keeps_the_guidelines(page: Page) -> None:
    """As it stands: in the light, in the dark, and on a phone, where nothing is cut off."""
    assert violations(page) == [], page.url
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS) == [], f"{page.url} in the dark"
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
