# SPDX-License-Identifier: Apache-2.0
"""The scene asks from a phone; the server dies in mid-answer, and the browser is closed."""

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from tests.browser.axe import COLOURS, violations
from tests.browser.conftest import Launcher
from tests.browser.finding import ROOT
from tests.browser.line import Line
from tests.browser.test_outbox import KEPT
from tests.runtime.web.house import NAME, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 60.0
PHONE = ViewportSize(width=390, height=844)
TEXT = "Vi mangler vand nordfra"


class Node:
    """A real node of one service, that can be killed and begun again."""

    def __init__(self, data: Path) -> None:
        self._data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [sys.executable, "-m", "tests.browser.calls_stage", "--data", str(self._data)]
        self._process = subprocess.Popen([*command, "--port", str(self.port)], cwd=ROOT)
        until = time.monotonic() + STARTS_S
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/sign-in", timeout=5).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert self._process.poll() is None
                assert time.monotonic() < until, "the node was not up in time"
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    running = Node(tmp_path / "data")
    running.start()
    yield running
    running.kill()


def phone(launcher: Launcher, profile: Path) -> tuple[BrowserContext, Page]:
    """The same phone, as it was when it was put away."""
    context = launcher.kept(profile)
    page = context.new_page()
    page.set_viewport_size(PHONE)
    return context, page


def fire_in(page: Page, origin: str) -> str:
    """The address of an incident that is reported by whoever signs in."""
    page.goto(f"{origin}/sign-in")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    page.goto(f"{origin}/incidents/new")
    page.locator("#f-type").fill("BR-GRD")
    page.locator("main form[method=post] button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/incidents/[0-9a-f-]{36}"))
    found = re.search(r"/incidents/[0-9a-f-]{36}", page.url)
    assert found is not None
    return origin + found[0]


@pytest.mark.requirement("E5.3")
@pytest.mark.requirement("K9")
def test_a_need_whose_answer_was_lost_is_asked_once(
    launcher: Launcher, node: Node, tmp_path: Path
) -> None:
    line = Line(node.port, cut=node.kill)
    origin, profile = f"http://127.0.0.1:{line.port}", tmp_path / "phone"
    context, page = phone(launcher, profile)
    fire = fire_in(page, origin)
    page.goto(f"{fire}/needs")
    page.evaluate(KEPT)
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS) == []
    # What another choice hides stops nobody.
    page.get_by_label("Afløsning").check()
    expect(page.get_by_label("Type 1")).to_be_hidden()
    page.get_by_label("Flere enheder").check()
    page.get_by_label("Type 1").select_option("TAN")
    page.get_by_label("Antal 1").fill("2")
    page.get_by_label("Hvad centralen skal vide").fill(TEXT)
    page.get_by_label("Haster").check()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    line.arm()
    page.get_by_role("button", name="Send anmodning").click()
    assert line.was_cut.wait(20)
    expect(page.locator("#outbox")).to_have_text("1 ikke sendt")
    context.close()

    node.start()
    context, page = phone(launcher, profile)
    page.goto(f"{origin}/outbox")
    expect(page.locator("#no-letters")).to_be_visible(timeout=20_000)
    page.goto(f"{fire}/needs")
    asked = page.locator("article").filter(has_text="2 × Vandtankvogn")
    expect(asked).to_have_count(1)
    expect(asked).to_contain_text(TEXT)
    # The centre touches it, and the phone has it without a reload.
    page.get_by_role("button", name="Set 2 × Vandtankvogn").click()
    expect(asked.locator(".badge")).to_have_text("set")
    page.goto(f"{fire}/log?sort=sent")
    expect(page.locator(".log > li").filter(has_text="Skadestedet beder om")).to_have_count(1)
    context.close()
    line.close()
