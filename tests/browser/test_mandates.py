# SPDX-License-Identifier: Apache-2.0
"""A mandate that is missing, in two real browsers: refused, asked for, given, done, all live."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.staged import served
from tests.browser.test_calls import keeps_the_guidelines
from tests.runtime.web.house import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 60.0
REASON = "Skolen har skiftet anlæg."


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("mandates_stage", tmp_path_factory.mktemp("mandates"), STARTS_S) as url:
        yield url


def signed_in(context: BrowserContext, north: str, name: str) -> Page:
    page = context.new_page()
    page.goto(f"{north}/sign-in")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    return page


@pytest.fixture
def pia(context: BrowserContext, north: str) -> Page:
    """Who takes the alarms."""
    return signed_in(context, north, "pia")


@pytest.fixture
def bo(browser: Browser, complaints: Complaints, north: str) -> Iterator[Page]:
    """Who leads the watch, in a browser of his own."""
    made = browser.new_context(viewport={"width": 1500, "height": 820}, locale="da-DK")
    made.on("page", complaints.listen)
    yield signed_in(made, north, "bo")
    made.close()


def lend(bo: Page, north: str) -> None:
    """He lets the operators set rules, as a stand-in would be let."""
    bo.goto(f"{north}/mandates/delegations")
    keeps_the_guidelines(bo)
    bo.get_by_label("Til organisationen").select_option("njb")
    bo.get_by_label("Funktion", exact=False).select_option("control_room_operator")
    bo.get_by_label("Sætte en regel for kodede alarmer").check()
    bo.get_by_role("button", name="Overdrag", exact=True).click()
    expect(bo.get_by_text("gælder nu")).to_be_visible()


def ask(pia: Page) -> None:
    """By keys alone, with why."""
    pia.get_by_role("link", name="Bed om det").focus()
    pia.keyboard.press("Enter")
    expect(pia.get_by_role("heading", name="Bed om et mandat")).to_be_visible()
    keeps_the_guidelines(pia)
    pia.get_by_label("Hvorfor", exact=False).fill("Bo er på skadestedet.")
    pia.get_by_role("button", name="Bed om det").focus()
    pia.keyboard.press("Enter")
    expect(pia.locator("#state-title")).to_have_text("Venter på svar")
    keeps_the_guidelines(pia)


def give(bo: Page, north: str) -> None:
    """The board says that somebody waits; one button gives it."""
    bo.goto(f"{north}/centre")
    expect(bo.locator("main")).to_contain_text("beder om mandat")
    bo.goto(f"{north}/mandates/requests")
    keeps_the_guidelines(bo)
    bo.get_by_role("link", name="Sætte en regel for kodede alarmer").click()
    expect(bo.locator("main")).to_contain_text("Bo er på skadestedet.")
    keeps_the_guidelines(bo)
    bo.get_by_role("button", name="Giv mandatet").focus()
    bo.keyboard.press("Enter")
    expect(bo.locator("#state-title")).to_have_text("Givet")


@pytest.mark.requirement("E9.1")
def test_what_was_typed_is_done_once_the_mandate_that_it_lacked_is_given(
    pia: Page, bo: Page, north: str
) -> None:
    lend(bo, north)
    pia.goto(f"{north}/alarms/rules")
    form = pia.locator("#rule-form")
    form.get_by_label("Kode", exact=False).fill("BR-ABA")
    form.get_by_label("Begrundelse", exact=False).fill(REASON)
    # Meanwhile it is taken back: the form that stands there lacks what it needs.
    bo.get_by_role("button", name="Tag tilbage").click()
    expect(bo.get_by_text("taget tilbage").first).to_be_visible()
    pia.keyboard.press("Enter")
    status = form.locator(".form-status")
    expect(status).to_contain_text("har ikke mandatet »Sætte en regel for kodede alarmer«")
    expect(status).to_contain_text("Det har: Vagthavende (Nordjyllands Beredskab)")
    expect(status).to_contain_text("beredskabsloven")
    expect(form.get_by_label("Begrundelse", exact=False)).to_have_value(REASON)
    # It also waits in the outbox, whatever becomes of this page.
    expect(pia.locator("#outbox")).to_contain_text("1 afvist")
    keeps_the_guidelines(pia)
    ask(pia)
    give(bo, north)
    # She sees it without a touch, and goes back to what she typed.
    expect(pia.locator("#state-title")).to_have_text("Givet")
    expect(pia.locator("#request")).to_contain_text("Gælder til")
    pia.get_by_role("link", name="Tilbage til det, du skrev").click()
    expect(form.get_by_label("Begrundelse", exact=False)).to_have_value(REASON)
    form.get_by_role("button").last.click()
    expect(pia.locator("table")).to_contain_text(REASON)
    expect(pia.locator("#outbox")).to_be_hidden()


@pytest.mark.requirement("E9.1", "E3.1")
def test_an_emergency_is_declared_by_one_button_explained_later_and_looked_at(
    pia: Page, bo: Page, north: str
) -> None:
    pia.goto(f"{north}/mandates/emergencies")
    keeps_the_guidelines(pia)
    pia.get_by_role("button", name="Erklær nødsituation").focus()
    pia.keyboard.press("Enter")
    expect(pia.locator("article")).to_contain_text("gælder nu")
    expect(pia.locator("article")).to_contain_text("venter på chefen")
    bo.goto(f"{north}/centre")
    expect(bo.locator("main")).to_contain_text("har erklæret en nødsituation")
    pia.locator("article").get_by_label("Hvorfor", exact=False).fill("Ingen svarede.")
    pia.get_by_role("button", name="Gem begrundelsen").click()
    expect(pia.get_by_role("button", name="Gem begrundelsen")).to_be_hidden()
    bo.goto(f"{north}/mandates/emergencies")
    expect(bo.locator("article")).to_contain_text("Ingen svarede.")
    keeps_the_guidelines(bo)
    bo.get_by_role("button", name="Jeg har set på det").click()
    expect(bo.locator("article")).to_contain_text("chefen har set på det")
    for path in ("/mandates", "/mandates?role=duty_officer&of=njb&act=levels.set_level&owner=njb"):
        bo.goto(f"{north}{path}")
        keeps_the_guidelines(bo)
    expect(bo.locator("main")).to_contain_text("De to retstilstande svarer forskelligt.")
    bo.goto(f"{north}/reinforcement")
    keeps_the_guidelines(bo)
