# SPDX-License-Identifier: Apache-2.0
"""Two on watch at one board: live, by keyboard alone, with sound; and paper typed in.

Every page that is met is looked at in the light, in the dark and on a phone.
"""

import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.axe import COLOURS, violations
from tests.browser.conftest import WAIT_MS, Complaints
from tests.browser.staged import served
from tests.browser.watch import FIRST, UNIT
from tests.runtime.web.house import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 40.0
WIDE, PHONE = ViewportSize(width=1500, height=900), ViewportSize(width=390, height=844)
SECOND = "0199-bbbb-9c01"
SignIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A whole node, served for both journeys."""
    with served("watch", tmp_path_factory.mktemp("watch"), STARTS_S) as address:
        yield address


def act(url: str, what: str) -> None:
    """Have something happen, and wait until it has."""
    asked = urllib.request.Request(f"{url}/stage/{what}", method="POST", data=b"")  # noqa: S310
    urllib.request.urlopen(asked, timeout=30).close()  # noqa: S310


@pytest.fixture
def sign_in(browser: Browser, complaints: Complaints, url: str) -> Iterator[SignIn]:
    """Sign somebody in, in a browser of their own."""
    opened = []

    def signed_in(name: str) -> Page:
        context = browser.new_context(viewport=WIDE, locale="da-DK")
        context.set_default_timeout(WAIT_MS)
        opened.append(context)
        page = context.new_page()
        complaints.listen(page)
        page.goto(f"{url}/sign-in")
        page.locator("[name=name]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#link[data-state=up]")).to_be_visible()
        return page

    yield signed_in
    for context in opened:
        context.close()


def keeps_the_guidelines(page: Page, *, is_whole: bool = True) -> None:
    """As it stands: in the light, in the dark, and on a phone, where nothing is cut off."""
    assert violations(page) == [], page.url
    if is_whole:
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOURS) == [], f"{page.url} in the dark"
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
    if is_whole:
        assert violations(page) == [], f"{page.url} on a phone"
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def write(page: Page, line: str, says: str) -> None:
    """A line of the command line, by keys alone, and what it says it has done."""
    page.keyboard.press("Control+k")
    # What the line before it said is gone.
    page.keyboard.press("Escape")
    expect(page.locator("#command-says")).to_have_text("")
    page.keyboard.type(line)
    page.keyboard.press("Enter")
    expect(page.locator("#command-says")).to_contain_text(says)


@pytest.mark.requirement("E5.2")
def test_two_boards_tell_the_same_and_one_is_worked_by_keys_alone(
    sign_in: SignIn, url: str
) -> None:
    pia, bo = sign_in("pia"), sign_in("bo")
    for page in (pia, bo):
        page.goto(f"{url}/centre")
        expect(page.locator(f"#b-{FIRST}")).to_contain_text("Ingen sendt")
    # An alarm comes in: it is on both boards at once, counted in the tab, and wants a person.
    act(url, f"report/{SECOND}")
    for page in (pia, bo):
        expect(page.locator(f"#b-{SECOND}")).to_contain_text("Ingen sendt")
        expect(page.locator("#wants .unseen")).to_have_count(2)
        expect(page).to_have_title(re.compile(r"^\(2\) "))
    # It sounds when the browser lets it: any key does, and the page asks for one.
    expect(bo.locator("#sound-blocked")).to_be_visible()
    bo.keyboard.press("Shift")
    expect(bo.locator("#sound-blocked")).to_be_hidden()
    expect(bo.locator("html[data-sounded]")).to_be_attached()

    works_by_keys(pia, bo)
    stands_still(bo, url)
    keeps_the_guidelines(bo)
    bo.keyboard.press("/")
    bo.keyboard.type("hånd")
    bo.keyboard.press("Escape")
    bo.keyboard.press("Control+k")
    bo.keyboard.type("njb")
    expect(bo.locator("#command-list [role=option]").first).to_have_text(UNIT)
    assert violations(bo) == [], "with suggestions"


def works_by_keys(pia: Page, bo: Page) -> None:
    """What one does by keys alone is seen by the other."""
    write(pia, "set 1", "Gjort: Set:")
    write(pia, "set 1", "Gjort: Set:")
    expect(bo.locator("#wants .seen")).to_have_count(2)
    expect(bo.locator("#wants")).to_contain_text("Set af Vagthavende")
    expect(bo).not_to_have_title(re.compile(r"^\("))
    write(pia, f"{UNIT} kørt 4a7f", f"Gjort: {UNIT}: kørt")
    expect(bo.locator(f"#b-{FIRST} .s-en_route a")).to_have_text(UNIT)
    write(pia, f"{UNIT} ankommet", f"Gjort: {UNIT}: ankommet")
    expect(bo.locator(f"#b-{FIRST} .s-at_scene a")).to_have_text(UNIT)
    write(pia, "#4a7f note Nøgle hos naboen", "Gjort: Notat")
    write(pia, "ny BR-VIL Algade 3, Aalborg", "Gjort: Ny hændelse")
    expect(bo.locator("#incidents tbody tr")).to_have_count(3)
    # What cannot be taken back is shown first, and done at a second Enter.
    write(pia, "#9c01 luk blind", "Tryk Enter én gang til")
    expect(bo.locator(f"#b-{SECOND}")).to_be_visible()
    pia.keyboard.press("Enter")
    expect(pia.locator("#command-says")).to_contain_text("Gjort: Afslut")
    expect(bo.locator(f"#b-{SECOND}")).to_have_count(0)
    # What is wrong says what to write; what was written can be had again.
    write(pia, "svaneke", "hverken en enhed")
    pia.keyboard.press("Escape")
    expect(pia.locator("#command")).to_have_value("")
    pia.keyboard.press("ArrowUp")
    expect(pia.locator("#command")).to_have_value("#9c01 luk blind")
    write(pia, "stille 5", "Gjort: Ingen lyd i 5 minutter")
    expect(pia.locator("[data-mute][aria-pressed=true]")).to_contain_text("5 min")


def stands_still(bo: Page, url: str) -> None:
    """Nothing moves while somebody points at it: the list waits, and says so."""
    bo.locator(f"#b-{FIRST} th a").first.focus()
    act(url, "report/0199-cccc-0d0d")
    expect(bo.locator("#incidents-wait")).to_be_visible()
    expect(bo.locator("#b-0199-cccc-0d0d")).to_have_count(0)
    bo.locator("[data-show-now]").click()
    expect(bo.locator("#b-0199-cccc-0d0d")).to_be_visible()


def test_paper_is_typed_in_by_keys_and_all_other_pages_keep_the_guidelines(
    sign_in: SignIn, url: str
) -> None:
    pia = sign_in("pia")
    pia.goto(f"{url}/centre/paper")
    pia.locator("#f-day").fill("2026-11-01")
    pia.locator("[name=at]").first.focus()
    for row in (("2350", UNIT, "kørt 4a7f"), ("0010", UNIT, "retur"), ("25", "x", "y")):
        for cell in row:
            pia.keyboard.type(cell)
            if cell is not row[-1]:
                pia.keyboard.press("Tab")
        pia.keyboard.press("Enter")
    # A page that is lost loses nothing that was typed.
    pia.reload()
    expect(pia.locator("[name=what]").nth(1)).to_have_value("retur")
    pia.locator("#f-day").fill("2026-11-01")
    pia.locator("button[name=told][value='0']").click()
    expect(pia.locator("tr.p-right")).to_have_count(2)
    expect(pia.locator("tr.p-right").nth(1)).to_contain_text("2. nov. 2026 00:10")
    expect(pia.locator("tr.p-wrong")).to_contain_text("intet klokkeslæt")
    keeps_the_guidelines(pia)
    pia.locator("button[name=told][value='1']").click()
    expect(pia.locator("tr.p-told")).to_have_count(2)
    for path in ("handover", "cards", "cards/fire", "binder", "command/help"):
        pia.goto(f"{url}/centre/{path}")
        keeps_the_guidelines(pia, is_whole=path in {"handover", "cards"})

    # On paper each card is a page of its own, without what only a screen has.
    pia.goto(f"{url}/centre/cards")
    pia.emulate_media(media="print")
    card = pia.locator(".action-card").first
    assert card.evaluate("each => getComputedStyle(each).breakAfter") == "page"
    expect(card.locator(".button")).to_be_hidden()
    expect(pia.locator("header.top")).to_be_hidden()
    pia.emulate_media(media="screen")

    # A step is ticked on the incident's page, by its part of it.
    pia.goto(f"{url}/incidents/{FIRST}")
    step = pia.locator("#step-fire-0 button")
    expect(step).to_have_attribute("aria-pressed", "false")
    step.click()
    expect(pia.locator("#step-fire-0 button")).to_have_attribute("aria-pressed", "true")
    assert violations(pia) == [], "an incident with its cards"
