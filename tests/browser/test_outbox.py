# SPDX-License-Identifier: Apache-2.0
"""What was typed is never lost and never doubled, whatever dies on the way."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Launcher, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FORM = "/letters/new"
# True when the service worker has copies of this page and of /outbox.
KEPT = """async () => {
  for (const url of [location.href, "/outbox"]) {
    for (let looks = 0; !(await caches.match(url)); looks += 1) {
      if (looks > 400) throw new Error(`${url} is not kept`);
      await new Promise(done => setTimeout(done, 50));
    }
  }
}"""
TEXT = "Halm brænder ved Løgstør"


def opened(page: Page, server: Server) -> None:
    """A form in a page whose copy the service worker has."""
    page.goto(server.url + FORM)
    page.evaluate(KEPT)
    expect(page.locator("#link[data-state=up]")).to_be_visible()


def write(page: Page, text: str) -> None:
    page.get_by_label("Hvad er der sket?").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def texts(server: Server) -> list[str]:
    return sorted(server.tell("look")["letters"].values())


def test_a_letter_arrives(page: Page, own_server: Server) -> None:
    opened(page, own_server)
    write(page, TEXT)
    expect(page.locator("#done")).to_be_visible()
    assert texts(own_server) == [TEXT]
    expect(page.locator("#outbox")).to_be_hidden()


def test_what_is_wrong_is_shown_beside_what_was_typed(page: Page, own_server: Server) -> None:
    opened(page, own_server)
    write(page, "   ")
    expect(page.locator(".errors")).to_contain_text("Skriv, hvad der er sket.")
    expect(page.get_by_label("Hvad er der sket?")).to_have_value("   ")
    expect(page.locator("#outbox")).to_be_hidden()


@pytest.mark.requirement("E5.1")
def test_killed_in_the_middle_of_the_answer_and_the_browser_closed_it_is_there_once(
    launcher: Launcher, own_server: Server, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    context = launcher.kept(profile)
    page = context.new_page()
    opened(page, own_server)
    own_server.tell("die")
    write(page, TEXT)
    own_server.gone()
    expect(page.locator(".form-status")).to_contain_text("Gemt på denne maskine")
    context.close()

    own_server.start()
    assert texts(own_server) == [TEXT], "it was stored before the server died"
    context = launcher.kept(profile)
    page = context.new_page()
    page.goto(own_server.url + "/outbox")
    expect(page.locator("#no-letters")).to_be_visible()
    expect(page.locator("#outbox")).to_be_hidden()
    assert texts(own_server) == [TEXT]
    context.close()


def test_letters_written_while_the_server_is_away_arrive_in_order_once(
    context: BrowserContext, own_server: Server
) -> None:
    page = context.new_page()
    opened(page, own_server)
    own_server.stop()
    for number in (1, 2, 3):
        write(page, f"{TEXT} {number}")
        expect(page.locator("#outbox")).to_have_text(f"{number} ikke sendt")
        expect(page.get_by_label("Hvad er der sket?")).to_have_value("")
    page.reload()
    expect(page.locator("#stale")).to_contain_text("Det her er en kopi")
    expect(page.locator("#outbox")).to_have_text("3 ikke sendt")
    other = context.new_page()
    other.goto(own_server.url + "/outbox")
    expect(other.locator(".letter")).to_have_count(3)
    expect(other.locator(".letter").first).to_contain_text(f"{TEXT} 1")
    own_server.start()
    expect(other.locator("#no-letters")).to_be_visible(timeout=20_000)
    assert texts(own_server) == [f"{TEXT} {number}" for number in (1, 2, 3)]


def test_signed_out_meanwhile_it_is_kept_until_one_signs_in(page: Page, own_server: Server) -> None:
    opened(page, own_server)
    own_server.tell("sign-out")
    write(page, TEXT)
    expect(page.locator(".form-status")).to_contain_text("Log ind igen")
    assert texts(own_server) == []
    own_server.tell("sign-in")
    page.goto(own_server.url + "/outbox")
    expect(page.locator("#no-letters")).to_be_visible()
    assert texts(own_server) == [TEXT]


def test_a_letter_can_be_mended_and_keeps_its_number(page: Page, own_server: Server) -> None:
    opened(page, own_server)
    own_server.stop()
    write(page, "Halm")
    expect(page.locator("#outbox")).to_have_text("1 ikke sendt")
    page.goto(own_server.url + "/outbox")
    page.get_by_role("link", name="Ret").click()
    field = page.get_by_label("Hvad er der sket?")
    expect(field).to_have_value("Halm")
    own_server.start()
    field.fill(TEXT)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#outbox")).to_be_hidden(timeout=20_000)
    kept = texts(own_server)
    # The old text may have gone out when the server came back; then the new one is a conflict.
    assert len(kept) == 1


def test_a_letter_can_be_thrown_away(page: Page, own_server: Server) -> None:
    opened(page, own_server)
    own_server.stop()
    write(page, TEXT)
    expect(page.locator("#outbox")).to_have_text("1 ikke sendt")
    page.goto(own_server.url + "/outbox")
    page.get_by_role("button", name="Kassér", exact=True).click()
    expect(page.locator(".letter")).to_have_count(1)
    page.get_by_role("button", name="Kassér for altid?").click()
    expect(page.locator(".letter")).to_have_count(0)
    own_server.start()
    page.reload()
    assert texts(own_server) == []


def test_a_letter_of_another_is_never_sent_under_this_name(page: Page, own_server: Server) -> None:
    opened(page, own_server)
    own_server.stop()
    write(page, TEXT)
    expect(page.locator("#outbox")).to_have_text("1 ikke sendt")
    # The page of the one who wrote it is closed, or it would send the letter itself.
    page.goto("about:blank")
    own_server.start()
    own_server.tell("another")
    page.goto(own_server.url + "/outbox")
    expect(page.locator(".letter")).to_contain_text("Skrevet af en anden")
    page.get_by_role("button", name="Send nu").click()
    page.wait_for_timeout(1_500)
    assert texts(own_server) == []


def test_signing_out_asks_about_what_is_not_sent_and_leaves_nothing(
    page: Page, own_server: Server
) -> None:
    opened(page, own_server)
    own_server.tell("sign-out")
    write(page, TEXT)
    expect(page.locator("#outbox")).to_have_text("1 ikke sendt")
    page.get_by_role("button", name="Log af").click()
    dialog = page.get_by_role("dialog", name="Noget er ikke sendt")
    expect(dialog).to_contain_text("1 er ikke sendt endnu")
    dialog.get_by_role("button", name="Bliv her").click()
    expect(page.locator("#outbox")).to_have_text("1 ikke sendt")
    page.get_by_role("button", name="Log af").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Kassér, og log af").click()
    page.goto(own_server.url + "/outbox")
    expect(page.locator(".letter")).to_have_count(0)
