# SPDX-License-Identifier: Apache-2.0
"""On a phone at the scene: what is written without network is told once when there is one."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.browser.axe import COLOURS, violations
from tests.browser.staged import served
from tests.runtime.web.house import NAME, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 60.0
PHONE = ViewportSize(width=390, height=844)
SEEN = "Lade i brand, ingen i fare"
# The device is behind, so that its own times can be told from the node's: none of them is now.
BEHIND = timedelta(minutes=40)
KEPT = """incident => new Promise(done => {
  indexedDB.open("bavn-divers", 1).onsuccess = opened => {
    const all = opened.target.result.transaction("steps").objectStore("steps").getAll();
    all.onsuccess = () => done(all.result.filter(each => each.incident === incident));
  };
})"""
COPIED = "caches.open('pages').then(kept => kept.match(location.href)).then(Boolean)"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("calls_stage", tmp_path_factory.mktemp("reports"), STARTS_S) as url:
        yield url


def incident_at(page: Page, house: str) -> str:
    """A fire, reported by somebody who has signed in."""
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
    return found[1]


@pytest.mark.requirement("E5.1")
def test_a_report_written_without_network_is_one_fact_when_it_is_back(
    context: BrowserContext, house: str
) -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    incident = f"{house}/incidents/{incident_at(page, house)}"
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
    # Twice on one device: the second knows of the first, and the page of neither.
    for says, count in (("Begyndt", "1 ikke sendt"), ("Udført", "2 ikke sendt")):
        one.get_by_role("button", name=says, exact=True).click()
        expect(one.locator("#outbox")).to_have_text(count)
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
        expect(page.locator(".versions")).to_contain_text("Udført")
        expect(page.locator("#outbox")).to_be_hidden()
    is_made_for_a_glove(one)
    chosen = other.locator(".versions > ol > li", has_text="Sluk fra syd")
    chosen.get_by_role("button", name="Det her gælder").click()
    for page in (one, other):
        expect(page.locator(".versions")).to_have_count(0)
        expect(page.locator(".task")).to_have_count(1)
        expect(page.locator(".task")).to_contain_text("Sluk fra syd")
    other_context.close()


def steps(told: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """What was told, by its number, in the order of time."""
    return sorted(
        ((each["sort"], each["step"], each["at_ms"]) for each in told), key=lambda x: x[2]
    )


def enters(page: Page, team: Locator) -> None:
    """A team goes in; what looks wrong is asked about once, on the device."""
    page.locator("#d-callsign").fill("RD 1")
    page.locator("#d-bar").fill("400")
    page.get_by_role("button", name="Ind nu").click()
    expect(page.locator("#enter-form .form-status")).to_contain_text("mere, end flasken kan holde")
    page.locator("#d-bar").fill("300")
    page.get_by_role("button", name="Ind nu").click()
    expect(team).to_have_count(1)
    expect(page.locator("#outbox")).to_be_hidden()


def looks_right(page: Page) -> None:
    """On a phone, in the light and in the dark."""
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def counts_alone(page: Page, context: BrowserContext, team: Locator) -> None:
    """Without network: the clock goes on, also over a reload, and what is told stays here."""
    context.set_offline(True)
    context.clock.fast_forward("07:00")
    expect(team).to_contain_text("INGEN KONTAKT")
    expect(team).to_have_attribute("data-loud", "")
    assert page.evaluate("Number(document.documentElement.dataset.sounded ?? 0)") > 0
    page.reload()
    expect(page.locator("#stale")).to_be_visible()
    expect(team).to_contain_text("INGEN KONTAKT")
    expect(team.locator("[data-is=in]")).to_have_text(re.compile(r"^[78]:\d\d$"))
    team.locator("input").fill("240")
    team.get_by_role("button", name="Meld tryk").click()
    expect(team).not_to_contain_text("INGEN KONTAKT")
    expect(team).to_contain_text("Målt forbrug")
    expect(team).to_contain_text("ikke sendt endnu")
    context.clock.fast_forward("01:00")
    team.get_by_role("button", name="Alle ude").click()
    expect(page.locator("[data-out] .diver")).to_contain_text("Ude kl.")
    context.set_offline(False)


@pytest.mark.requirement("E5.3")
@pytest.mark.requirement("K9")
def test_a_team_is_counted_without_network_and_told_once_at_its_own_times(
    context: BrowserContext, house: str
) -> None:
    began = datetime.now(UTC) - BEHIND
    context.clock.install(time=began)
    page = context.new_page()
    page.set_viewport_size(PHONE)
    incident = incident_at(page, house)
    page.goto(f"{house}/incidents/{incident}/divers")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    page.wait_for_function(COPIED)
    team = page.locator("#divers .diver", has_text="RD 1")
    enters(page, team)
    looks_right(page)
    counts_alone(page, context, team)
    expect(page.locator("#outbox")).to_be_hidden(timeout=30_000)
    page.reload()
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    expect(page.locator("#divers .diver")).to_have_count(1)
    here = steps(page.evaluate(KEPT, incident))
    assert [sort for sort, _, _ in here] == ["entered", "pressure", "out"]
    told = page.request.get(f"{house}/api/v1/incidents/{incident}/safety").json()
    assert steps(told["steps"]) == here
    entered, pressure, out = (at_ms for _, _, at_ms in here)
    assert pressure - entered >= 7 * 60_000
    assert out - pressure >= 60_000
    assert out < (began + timedelta(minutes=15)).timestamp() * 1000
