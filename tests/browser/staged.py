# SPDX-License-Identifier: Apache-2.0
"""A stage of ours as a process of its own, which a browser can go to."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.finding import ROOT


@contextmanager
def served(stage: str, data: Path, within_s: float) -> Iterator[str]:
    """Serve a module of this folder from a data folder, and give its address when it is up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", f"tests.browser.{stage}", "--data", str(data)]
    with subprocess.Popen([*command, "--port", str(port)], cwd=ROOT) as process:
        until = time.monotonic() + within_s
        while True:
            try:
                urllib.request.urlopen(f"{url}/sign-in", timeout=5).close()  # noqa: S310
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert process.poll() is None
                assert time.monotonic() < until, f"{stage} was not up in time"
                time.sleep(0.1)
        yield url
        process.kill()
