# SPDX-License-Identifier: Apache-2.0
"""From an incident: one touch calls who has the duty, one key tells who has to know, once each."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import COLOURS, violations
from tests.node.alerted import NJB, Alerted, alerted
from tests.node.test_alerting import ordered, reported
from tests.node.test_duty import entered, roster, row
from tests.runtime.web.house import NAME, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Watch(threading.Thread):
    """A service on watch, served in a loop of its own until the test is over."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="watch", daemon=True)
        self._path = path
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.incident = ""
        self.ready, self.failed = threading.Event(), False
        self._server: Any = None

    def run(self) -> None:
        """Serve."""
        try:
            asyncio.run(self._serve())
        except Exception:
            self.failed = True
            self.ready.set()
            raise

    def end(self) -> None:
        """Serve no more."""
        self._server.should_exit = True
        self.join(20)

    async def _serve(self) -> None:
        async with alerted(self._path) as own:
            await self._begin(own)
            config = uvicorn.Config(own.house.door, log_config=None, access_log=False)
            self._server = uvicorn.Server(config)
            serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
            self.ready.set()
            while not self._server.should_exit:  # noqa: ASYNC110 - another thread says so
                await asyncio.sleep(0.05)
            own.house.live.hub.close()
            await serving

    async def _begin(self, own: Alerted) -> None:
        own.house.account(organisation=NJB, function="duty_officer")
        by = own.officer()
        await entered(by, roster(row(-1, 5), row(-1, 5, who="police")))
        await by.post("/api/v1/talk-groups", json={"id": "s1", "name": "Skadested 1", "use": "Øst"})
        self.incident = await reported(by)
        await ordered(by, self.incident, "njb-01-asp-1")


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    served = Watch(tmp_path)
    served.start()
    assert served.ready.wait(30)
    assert not served.failed
    yield served
    served.end()


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    context = browser.new_context(locale="da-DK", base_url=watch.url)
    opened = context.new_page()
    opened.goto("/sign-in")
    opened.fill("[name=name]", NAME)
    opened.fill("[name=password]", PASSWORD)
    opened.keyboard.press("Enter")
    opened.wait_for_url(watch.url + "/")
    yield opened
    context.close()


def test_one_touch_calls_and_one_key_tells_and_each_is_kept(page: Page, watch: Watch) -> None:
    page.goto(f"/incidents/{watch.incident}")
    page.get_by_role("link", name="Ring til vagten").click()
    chief = page.get_by_role("region", name="Beredskabschef")
    call = chief.get_by_role("link", name="Ring")
    assert call.get_attribute("href") == "tel:+4500004711"
    # This machine has no telephone: the browser's own question which program is to call would take
    # the next click. The touch is kept by the form beside the number.
    call.evaluate("link => link.addEventListener('click', event => event.preventDefault())")
    call.click()
    calls = page.get_by_role("region", name="Opkald")
    expect(calls.get_by_role("link", name="Bygningsbrand")).to_be_visible()
    # Another page by now, whose scripts have to be there before a key is pressed.
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    calls.get_by_role("button", name="Svarede", exact=True).click()
    expect(calls.get_by_role("button")).to_have_count(0)
    expect(calls).to_contain_text("Svarede")
    page.goto(f"/incidents/{watch.incident}")
    expect(page.locator("#link[data-state=up]")).to_be_visible()
    page.get_by_role("button", name="Ringet Politiets vagtcentral").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Underrettet af Vagthavende, telefon")).to_be_visible()
    expect(page.get_by_text("Underrettet af Vagthavende, telefon")).to_contain_text("(dig)")
    page.get_by_label("Vælg talegruppe").select_option("s1")
    page.get_by_role("button", name="Tildel").click()
    expect(page.get_by_role("button", name="Frigiv Skadested 1")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/duty/roster", "/alerting", "/duty"):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS) == []
