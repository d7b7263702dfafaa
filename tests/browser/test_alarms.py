# SPDX-License-Identifier: Apache-2.0
"""A coded alarm in a real browser: two fields and Enter, then one key sends; and its card."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bavn.node.play.objects import invented_objects
from bavn.node.wiring import COUNTRY
from tests.browser.axe import violations
from tests.browser.staged import served
from tests.browser.test_calls import keeps_the_guidelines
from tests.runtime.web.house import NAME, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 60.0
HOME = next(each for each in invented_objects(COUNTRY) if each.id.startswith("njb-01"))


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("alarms_stage", tmp_path_factory.mktemp("alarms"), STARTS_S) as url:
        yield url


@pytest.fixture
def officer(context: BrowserContext, north: str) -> Page:
    page = context.new_page()
    page.goto(f"{north}/sign-in")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    return page


@pytest.mark.requirement("E5.1", "E5.10")
def test_a_coded_alarm_is_sent_by_one_key_once_it_stands_there(officer: Page, north: str) -> None:
    page = officer
    page.goto(f"{north}/alarms/new")
    expect(page.get_by_label("Kode", exact=False).first).to_be_focused()
    keeps_the_guidelines(page)
    page.get_by_label("Kode", exact=False).first.focus()
    page.keyboard.type("BR-ABA")
    page.keyboard.press("Tab")
    page.keyboard.type(HOME.alarm_number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/send")
    send = page.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Kald tilbage").first).to_be_visible()
    # On the incident's page stand its card, opened, and how it came in.
    page.goto(page.url.partition("/send")[0])
    card = page.locator("#object-card")
    expect(card).to_contain_text(HOME.name)
    expect(card).to_contain_text(HOME.card.access)
    expect(page.locator("#coded-alarm")).to_contain_text(HOME.alarm_number)
    # The same alarm again is counted there while one looks.
    other = page.context.new_page()
    other.goto(f"{north}/alarms/new")
    other.keyboard.type("BR-ABA")
    other.keyboard.press("Tab")
    other.keyboard.type(HOME.alarm_number)
    other.keyboard.press("Enter")
    other.wait_for_url("**/send")
    assert other.url.split("/")[-2] == page.url.rpartition("/")[2]
    expect(page.locator("#coded-alarm")).to_contain_text("gentaget: 1 gange")
    keeps_the_guidelines(page)
    # Who has read stands with the card.
    other.goto(f"{north}/objects?search={HOME.alarm_number}")
    other.get_by_role("link", name=HOME.name).click()
    expect(other.get_by_text("Hvem har læst kortet")).to_be_visible()
    keeps_the_guidelines(other)
    for path in ("/objects", "/objects/new", "/object-lists", "/alarms/rules"):
        other.goto(f"{north}{path}")
        keeps_the_guidelines(other)
    assert violations(other) == []
