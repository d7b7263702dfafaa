# SPDX-License-Identifier: Apache-2.0
"""A report from the scene on a phone: written without network, and told once when there is one."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, ViewportSize, expect

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
