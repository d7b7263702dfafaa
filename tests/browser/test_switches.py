# SPDX-License-Identifier: Apache-2.0
"""The page of switches: by keyboard, on a phone, in the dark, and from no other page."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.finding import ROOT

pytestmark = [pytest.mark.browser]
STARTS_S = 60.0
FORBIDDEN, MISDIRECTED = 403, 421


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(tmp_path_factory.mktemp("federation"))
    command = [sys.executable, "-m", "tests.browser.switches", "--data", data, "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        made = f"http://127.0.0.1:{port}"
        until = time.monotonic() + STARTS_S
        while status(f"{made}/board") == 0:
            assert process.poll() is None
            assert time.monotonic() < until, "the page was not up in time"
            time.sleep(0.1)
        yield made
        process.terminate()
        assert process.wait(20) == 0


def status(url: str, headers: Mapping[str, str] = {}, data: bytes | None = None) -> int:
    """The answer's number; 0 when there is none."""
    asked = urllib.request.Request(url, headers=dict(headers), data=data)  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@pytest.mark.requirement("E5.6")
def test_a_line_is_cut_and_restored_by_keyboard_and_the_page_keeps_the_guidelines(
    page: Page, origin: str
) -> None:
    page.goto(origin)
    link = page.locator("#node-nordjylland dl .says").last
    expect(link).to_have_text("hel")
    page.locator("#f-links-nordjylland-cut button").focus()
    page.keyboard.press("Enter")
    expect(link).to_have_text("afbrudt")
    expect(page.locator("svg.tree .edge.is-cut")).to_have_count(1)
    # Looked at anew, the page leaves the keyboard where it was.
    drawn = page.locator("#board > .quiet time").get_attribute("datetime")
    expect(page.locator("#board > .quiet time")).not_to_have_attribute("datetime", drawn or "")
    focused = page.evaluate("document.activeElement.closest('form').id")
    assert focused == "f-links-nordjylland-cut"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        assert violations(page) == [], scheme
    page.locator("#f-story-restore button").click()
    expect(link).to_have_text("hel")
    expect(page.locator("#story-restore")).to_have_class("done")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_no_other_page_and_no_other_name_reaches_the_switches(origin: str) -> None:
    cut, body = f"{origin}/links/nordjylland/cut", b"csrf=guessed"
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert status(cut, form, body) == FORBIDDEN
    assert status(cut, {**form, "origin": "http://evil.example"}, body) == FORBIDDEN
    assert status(cut, {**form, "sec-fetch-site": "cross-site"}, body) == FORBIDDEN
    assert status(f"{origin}/", {"host": "evil.example"}) == MISDIRECTED
    assert status(f"{origin}/", {"x-forwarded-for": "10.0.0.1"}) == FORBIDDEN
    assert status(f"{origin}/", {"origin": origin}) == 200
