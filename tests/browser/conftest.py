# SPDX-License-Identifier: Apache-2.0
"""A browser for each module, and a server of its own for each test that asks."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.browser.finding import QUIET, ROOT, find
from tests.browser.finding import Browser as Found

STARTS_S = 30.0
WAIT_MS = 10_000
expect.set_options(timeout=WAIT_MS)
# Said by drivers and by the network while a server is away on purpose; none is ours.
HARMLESS = ("GPU stall due to ReadPixels", "Failed to load resource", "net::ERR_")


class Server:
    """The stage as a process: told what to do, frozen, killed, started again."""

    def __init__(self, letters: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self._command = [
            *(sys.executable, "-m", "tests.browser.stage", "--port", str(self.port)),
            *("--letters", str(letters), *options),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, from now on."""
        self._process = subprocess.Popen(self._command, cwd=ROOT)
        until = time.monotonic() + STARTS_S
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.url}/outbox", timeout=2).close()  # noqa: S310
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert self._process.poll() is None, "the stage fell down"
                time.sleep(0.1)
            else:
                return
        self.stop()
        pytest.fail("the stage was not up in time")

    def tell(self, act: str) -> dict[str, Any]:
        """Have something happen."""
        asked = urllib.request.Request(f"{self.url}/stage/{act}", method="POST", data=b"")  # noqa: S310
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
        return told

    def freeze(self) -> None:
        """Keep every connection open and say nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def gone(self) -> None:
        """Wait until the process has ended by itself."""
        assert self._process is not None
        self._process.wait(timeout=20)

    def stop(self) -> None:
        """End it, frozen or not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Complaints(list[str]):
    """What the browser complained of, but for what is harmless."""

    def listen(self, page: Page) -> None:
        """Hear all that this page says."""

        def heard(message: ConsoleMessage) -> None:
            is_loud = message.type in ("error", "warning")
            if is_loud and not any(word in message.text for word in HARMLESS):
                self.append(f"{message.type}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda error: self.append(str(error)))


class Launcher:
    """Opens browsers."""

    def __init__(self, playwright: Playwright, found: Found) -> None:
        self._type = playwright.chromium
        self._how: dict[str, Any] = {
            "executable_path": found.path,
            "args": list(QUIET),
            "env": {**os.environ, **found.environment},
        }

    def plain(self) -> Browser:
        """A browser that forgets."""
        return self._type.launch(**self._how)

    def kept(self, profile: Path) -> BrowserContext:
        """A browser with a profile on disk: it can be closed, and opened again as it was."""
        opened = self._type.launch_persistent_context(profile, locale="da-DK", **self._how)
        opened.set_default_timeout(WAIT_MS)
        return opened


# For a module, not for the run: the driver keeps an event loop going in this thread for as long as
# it is up, and a test of another room that comes after it could not run its own.
@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    found = find()
    if isinstance(found, str):
        pytest.fail(found)
    with sync_playwright() as playwright:
        yield Launcher(playwright, found)


@pytest.fixture(scope="module")
def browser(launcher: Launcher) -> Iterator[Browser]:
    opened = launcher.plain()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for a module whose tests leave it as it was."""
    running = Server(tmp_path_factory.mktemp("stage") / "letters.jsonl")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """One for a test that changes what stands there, or kills it."""
    running = Server(tmp_path / "letters.jsonl")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """All pages of the test together; a complaint that nobody cleared fails it."""
    gathered = Complaints()
    yield gathered
    assert gathered == []


@pytest.fixture
def context(browser: Browser, complaints: Complaints) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1500, "height": 820}, locale="da-DK")
    made.set_default_timeout(WAIT_MS)
    made.on("page", complaints.listen)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
