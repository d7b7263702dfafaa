# SPDX-License-Identifier: Apache-2.0
"""A duty leader takes a silent centre over, weighs and hands back, over two real nodes.

Every page that is met on the way is looked at in the light, in the dark and on a phone.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.axe import violations
from tests.browser.conftest import Complaints
from tests.browser.staged import served
from tests.runtime.web.house import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 40.0
WIDE, PHONE = ViewportSize(width=1400, height=900), ViewportSize(width=390, height=844)
TAKE_OVER, CONFLICTS = "/connections/take-over", "/connections/conflicts"
SERVICE = "njb"
# Keys that may be needed to come to a field: a page with more is a page that nobody can use so.
TABS_LIMIT = 40


@dataclass(frozen=True)
class Centres:
    """The stand-in's node, and the acts of the stage beside it."""

    url: str

    def act(self, what: str) -> None:
        """Have something happen, and wait until it has."""
        asked = urllib.request.Request(f"{self.url}/stage/{what}", method="POST", data=b"")  # noqa: S310
        urllib.request.urlopen(asked, timeout=30).close()  # noqa: S310


@pytest.fixture
def centres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centres]:
    with served("centres", tmp_path_factory.mktemp("centres"), STARTS_S) as url:
        yield Centres(url)


@pytest.fixture
def someone(
    browser: Browser, complaints: Complaints, centres: Centres
) -> Iterator[Callable[[str], Page]]:
    """Sign somebody in, in a browser of his own."""
    opened = []

    def sign_in(name: str) -> Page:
        context = browser.new_context(viewport=WIDE, locale="da-DK")
        opened.append(context)
        page = context.new_page()
        complaints.listen(page)
        page.goto(f"{centres.url}/sign-in")
        page.locator("[name=name]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#link[data-state=up]")).to_be_visible()
        return page

    yield sign_in
    for context in opened:
        context.close()


def keeps_the_guidelines(page: Page) -> None:
    """As it stands: in the light, in the dark, and on a phone, where nothing is cut off."""
    assert violations(page) == [], page.url
    page.emulate_media(color_scheme="dark")
    assert violations(page) == [], f"{page.url} in the dark"
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
    assert violations(page) == [], f"{page.url} on a phone"
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def tab_to(page: Page, field: str) -> None:
    """Come to a field as who has no mouse does."""
    for _ in range(TABS_LIMIT):
        page.keyboard.press("Tab")
        if page.evaluate("field => document.activeElement?.matches(field)", field):
            return
    pytest.fail(f"{field} was not reached with {TABS_LIMIT} tabs")


def fill_in(page: Page, way: str) -> None:
    """Write down what was done to reach the centre."""
    tried = datetime.now(ZoneInfo("Europe/Copenhagen")) - timedelta(minutes=3)
    page.get_by_label("Centralen kan ikke nås").check()
    page.get_by_label(way).check()
    page.get_by_label("Hvornår").fill(tried.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Hvem er der ringet til").fill("Erik Opfundet")
    page.get_by_label("Hvem beslutter").fill("Mette Opdigtet")
    page.get_by_label("Hvorfor").fill("ingen svarer")


def taken_over_across_a_lost_line(page: Page, centres: Centres) -> None:
    """What is missing is said; what is typed stays; and what was sent into nothing arrives once."""
    page.goto(f"{centres.url}{TAKE_OVER}/{SERVICE}")
    fill_in(page, "SINE")
    send = page.get_by_role("button", name="Overtag Nordjyllands Beredskab nu")
    send.click()
    status = page.locator("#take-over-form .form-status")
    expect(status).to_contain_text("er forsøgt ad: telefon")
    expect(page.get_by_label("Hvorfor")).to_have_value("ingen svarer")
    keeps_the_guidelines(page)
    page.get_by_label("telefon").check()
    page.context.set_offline(offline=True)
    expect(page.get_by_label("Hvem beslutter")).to_have_value("Mette Opdigtet")
    send.dblclick()
    expect(page.locator("#outbox")).to_have_text("1 ikke sendt")
    expect(status).to_have_attribute("data-kind", "kept")
    page.context.set_offline(offline=False)
    expect(page.locator("#outbox")).to_be_hidden(timeout=30_000)
    page.goto(centres.url + TAKE_OVER)
    expect(page.get_by_text("Midtjylland overtog Nordjyllands Beredskab")).to_have_count(1)
    expect(page.get_by_text("Centralen kan ikke nås (SINE, telefon)")).to_be_visible()
    keeps_the_guidelines(page)


def settled_by_keyboard(page: Page) -> None:
    """Choose, say why, and send, without a mouse."""
    page.locator("h1").click()
    tab_to(page, "input[name=keeps]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "textarea[name=reason]")
    page.keyboard.type("de stod der")
    tab_to(page, "#settle-form button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ingen uenigheder.")).to_be_visible()


def on_paper(page: Page, centres: Centres) -> None:
    """Black on white, nothing to press, and on the sheet from which node and when."""
    page.emulate_media(media="print", color_scheme="dark")
    for path in ("/connections", TAKE_OVER, CONFLICTS):
        page.goto(centres.url + path)
        foot = page.locator(".sheet-foot")
        expect(foot).to_be_visible()
        expect(foot).to_contain_text("Udskrevet fra Midtjylland")
        expect(page.locator("nav.ways, main button:visible")).not_to_be_visible()
        colours = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        assert page.locator("body").evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
        assert len(page.pdf(format="A4")) > 1_000
    page.emulate_media(media="screen", color_scheme="light")


def quiet_and_wrong(page: Page, centres: Centres) -> None:
    """Nothing to weigh, and an address that leads nowhere."""
    page.goto(centres.url + CONFLICTS)
    expect(page.get_by_text("Ingen uenigheder.")).to_be_visible()
    keeps_the_guidelines(page)
    page.goto(f"{centres.url}{TAKE_OVER}/nobody")
    expect(page.get_by_text("Ingen node fører for nobody.")).to_be_visible()
    keeps_the_guidelines(page)


def silent(page: Page, centres: Centres) -> None:
    """The north is cut off: it is said, with since when, and what it told is grey."""
    centres.act("cut")
    page.goto(centres.url + "/connections")
    expect(page.locator("#n-nordjylland.is-silent")).to_be_visible()
    for path in (TAKE_OVER, "/incidents"):
        page.goto(centres.url + path)
        expect(page.get_by_text("sidst hørt").first).to_be_visible()
        keeps_the_guidelines(page)


def contested(page: Page, centres: Centres) -> None:
    """Both have gone on with one incident: each list says that nobody has settled it."""
    page.goto(f"{centres.url}/incidents/one")
    page.get_by_label("Notat").fill("vi er kaldt op")
    page.locator("#note-form button").dblclick()
    expect(page.get_by_text("vi er kaldt op")).to_have_count(1)
    centres.act("mend")
    page.goto(centres.url + "/")
    expect(page.locator("tr.contested .mark.contested")).to_be_visible()
    page.goto(centres.url + "/incidents")
    expect(page.locator("tbody .mark.contested")).to_be_visible()
    keeps_the_guidelines(page)


def weighed_by_two(page: Page, centres: Centres, other: Page) -> None:
    """Two look at the same conflict: one settles it, and the other is told and loses no word."""
    page.goto(centres.url + CONFLICTS)
    keeps_the_guidelines(page)
    page.get_by_role("link", name="Skorstensbrand").click()
    expect(page.locator("#settle-form")).to_be_visible()
    keeps_the_guidelines(page)
    other.goto(page.url)
    other.get_by_label("Begge").check()
    other.get_by_label("Hvorfor").fill("begge har ret")
    settled_by_keyboard(page)
    other.locator("#settle-form button").dblclick()
    told = other.locator("#settle-form .form-status")
    expect(told).to_contain_text("Uenigheden er ikke åben mere. En anden har afgjort den")
    expect(other.get_by_label("Hvorfor")).to_have_value("begge har ret")
    centres.act("settled")


def handed_back(page: Page, centres: Centres) -> None:
    """It goes home, once, however often the button is pressed."""
    page.goto(centres.url + TAKE_OVER)
    page.get_by_role("radio", name="Nordjylland").check()
    page.get_by_role("button", name="Giv tilbage").dblclick()
    given = page.get_by_text("Nordjyllands Beredskab blev givet tilbage til Nordjylland")
    expect(given).to_have_count(1)
    centres.act("home")


@pytest.mark.requirement("E5.6", "E5.9")
def test_a_duty_leader_takes_over_weighs_and_hands_back(
    centres: Centres, someone: Callable[[str], Page]
) -> None:
    page = someone("pia")
    quiet_and_wrong(page, centres)
    silent(page, centres)
    taken_over_across_a_lost_line(page, centres)
    contested(page, centres)
    weighed_by_two(page, centres, someone("per"))
    handed_back(page, centres)
    on_paper(page, centres)
