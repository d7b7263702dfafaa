# SPDX-License-Identifier: Apache-2.0
"""The real node in a real browser: signing in, every page, and a report that outlives a kill."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.axe import COLOURS, violations
from tests.browser.conftest import Launcher
from tests.browser.finding import ROOT
from tests.browser.line import Line
from tests.browser.test_outbox import KEPT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STARTS_S = 90
ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)/")
PAGES = [
    *("/", "/incidents", "/incidents/new", "/outbox", "/nothing-here"),
    *("/organisation", "/organisation/njb", "/account", "/units", "/connections/take-over"),
]
CALLBACK = "12345678"
FIRE = {"type": "BR-CON", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}

LATER = {**FIRE, "place": {"lat": 57.0188, "lon": 9.8817}}


class Node:
    """`bavn demo` as people start it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, on the port of last time if there was one."""
        program = str(Path(sys.executable).parent / "bavn")
        self._process = subprocess.Popen(
            [program, "demo", "--no-browser", "--port", str(self.port), "--data", str(self.data)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := ADDRESS.search(line):
                self.port = int(found[1])
                return
        pytest.fail("the demonstration did not start")

    def kill(self) -> None:
        """End it and what it started, without a word."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    def incidents(self) -> list[dict[str, Any]]:
        """All open incidents, by the programming interface."""
        items: list[dict[str, Any]] = self.asked("incidents?limit=1000")["items"]
        return items

    def asked(self, path: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the programming interface answers to a question, or to what it is told."""
        token = (self.data / "demo-token").read_text(encoding="utf-8").strip()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/{path}",
            data=None if told is None else json.dumps(told).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    running = Node(tmp_path / "data")
    running.start()
    yield running
    running.kill()


def sign_in(page: Page, origin: str, role: str = "Vagthavende i Beredskabsstyrelsen") -> None:
    page.goto(f"{origin}/sign-in")
    page.get_by_role("button", name=role, exact=True).click()
    expect(page.locator("#link[data-state=up]")).to_be_visible()


@pytest.mark.requirement("E8.1")
def test_every_page_of_the_demonstration_keeps_the_guidelines(
    context: BrowserContext, node: Node
) -> None:
    origin = f"http://127.0.0.1:{node.port}"
    page = context.new_page()
    page.goto(f"{origin}/sign-in")
    assert violations(page) == []
    sign_in(page, origin)
    fire = node.asked("incidents", FIRE)["id"]
    pages = [*PAGES, f"/incidents/{fire}", f"/incidents/{fire}/send"]
    for path in pages:
        page.goto(origin + path)
        expect(page.locator("main h1").first).to_be_attached()
        assert violations(page) == [], path
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOURS) == [], f"{path}, dark"
        page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 740})
    for path in pages:
        page.goto(origin + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    # A new one: after a minute the play's own services take care of what nobody has sent to.
    _one_key_sends_what_is_proposed(page, node, node.asked("incidents", LATER)["id"])


def _one_key_sends_what_is_proposed(page: Page, node: Node, fire: str) -> None:
    """From the incident's page: the way to the proposal, then Enter."""
    path = f"incidents/{fire}"
    page.goto(f"http://127.0.0.1:{node.port}/{path}")
    page.get_by_role("link", name="Send enheder").click()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()
    chosen = {each.input_value() for each in page.locator("input[name=unit]:checked").all()}
    assert chosen
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Kald tilbage").first).to_be_visible()
    assert {each["unit"] for each in node.asked(f"{path}/dispatch")["items"]} == chosen
    # A second Enter sends no second crew.
    expect(page.get_by_role("button", name="Send", exact=True)).not_to_be_focused()
    # Nobody else's is lost when one does not exist: what was typed stays typed.
    page.get_by_label("Andre enheder").fill("NJB-01-02 NOBODY")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Ingen enhed hedder NOBODY").first).to_be_visible()
    expect(page.get_by_label("Andre enheder")).to_have_value("NJB-01-02 NOBODY")


@pytest.mark.requirement("E5.1")
def test_a_report_whose_answer_was_lost_is_one_incident(
    launcher: Launcher, node: Node, tmp_path: Path
) -> None:
    line = Line(node.port, cut=node.kill)
    origin, profile = f"http://127.0.0.1:{line.port}", tmp_path / "profile"
    context = launcher.kept(profile)
    page = context.new_page()
    sign_in(page, origin)
    page.goto(f"{origin}/incidents/new")
    page.evaluate(KEPT.replace("location.href, ", ""))
    before = {each["id"] for each in node.incidents()}
    page.get_by_label("Type").fill("BR-GRD")
    page.get_by_label("Bredde og længde").fill("56.9, 8.5")
    line.arm()
    page.get_by_role("button", name="Meld hændelsen").click()
    assert line.was_cut.wait(20)
    expect(page.locator("#outbox")).to_have_text("1 ikke sendt")
    context.close()

    node.start()
    context = launcher.kept(profile)
    page = context.new_page()
    page.goto(f"{origin}/outbox")
    expect(page.locator("#no-letters")).to_be_visible(timeout=20_000)
    context.close()
    line.close()
    found = [e for e in node.incidents() if e["id"] not in before and e["type"] == "BR-GRD"]
    near = [e for e in found if abs(e["place"]["lat"] - 56.9) < 0.02]
    assert len(near) == 1
