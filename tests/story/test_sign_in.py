# SPDX-License-Identifier: Apache-2.0
"""A real node is served: people and machines come in over a socket, and go out again."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from bavn.runtime.web import slow
from bavn.runtime.web.slow import InTime
from tests.runtime.web.house import HTML, PASSWORD, form_key
from tests.story.writers import bavn

pytestmark = [pytest.mark.story]
WORLD = ["--world", "exercise"]
TOWN = "town"
PERSON = "Pia Opdigtet"


@dataclass
class Served:
    """A node in a process of its own: where it answers, and what it wrote in its log."""

    address: str
    log: list[str] = field(default_factory=list)


@contextmanager
def served(data: Path, *more: str) -> Iterator[Served]:
    """Serve a node until the end of the block, then ask it to stop as a machine does."""
    command = [sys.executable, "-m", "bavn.node.cli", "serve", "--data", str(data), *WORLD]
    command += ["--port", "0", "--lang", "en", *more]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = line.rpartition(" ")[2].strip().rstrip("/")
        assert address.startswith("http"), line
        found = Served(address)
        try:
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=30)
            found.log += said.splitlines()


def made(data: Path) -> Path:
    assert bavn("init", "--data", data, "--node", "east", "--host", TOWN, *WORLD).code == 0
    return data


def add_person(data: Path) -> None:
    command = [sys.executable, "-m", "bavn.node.cli", "user", "add", "--data", str(data), *WORLD]
    command += ["--name", "pia", "--display", PERSON, "--organisation", TOWN]
    command += ["--function", "duty_officer"]
    done = subprocess.run(command, input=f"{PASSWORD}\n", text=True, check=False, timeout=60)
    assert done.returncode == 0


@pytest.mark.slow
def test_a_person_and_a_machine_come_in_over_a_socket(tmp_path: Path) -> None:
    data = made(tmp_path / "node")
    add_person(data)
    token = bavn("token", "create", "--data", data, *WORLD, "--name", "radio").out.strip()
    with served(data) as node, httpx.Client(base_url=node.address, trust_env=False) as visitor:
        assert visitor.get("/readyz").text == "ok\n"
        page = visitor.get("/account", headers=HTML)
        assert page.headers["location"] == "/sign-in?next=/account"
        page = visitor.get(page.headers["location"], headers=HTML)
        fields = {"csrf": form_key(page.text), "next": "/account", "name": "pia"}
        wrong = visitor.post("/sign-in", data={**fields, "password": "wrong"}, headers=HTML)
        assert wrong.status_code == 401
        answer = visitor.post("/sign-in", data={**fields, "password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        page = visitor.get(f"/account?about={PERSON}", headers=HTML)
        assert PERSON in page.text
        with httpx.Client(base_url=node.address, trust_env=False) as machine:
            shown = {"authorization": f"Bearer {token}"}
            with machine.stream("GET", "/api/v1/stream", headers=shown) as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                heard = stream.iter_text()
                assert "event: beat" in next(heard)
                # Ended on the command line, while it listens.
                assert bavn("token", "end", "--data", data, *WORLD, "--name", "radio").code == 0
                assert "event: signed_out" in "".join(heard)
            assert machine.get("/api/v1/stream", headers=shown).status_code == 401
        visitor.post("/sign-out", data={"csrf": form_key(page.text)})
        assert visitor.get("/account").status_code == 401
        answer = visitor.get("/healthz", headers={"host": "evil.example"})
        assert answer.status_code == 421
        # A proxy that nobody has named is not believed.
        forwarded = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
        page = visitor.get("/sign-in", headers={**HTML, **forwarded})
        assert "__host-" not in page.headers.get("set-cookie", "").lower()
    events = [json.loads(line) for line in node.log]
    assert {each["event"] for each in events} >= {"node.serving", "node.closed"}
    said = "\n".join(node.log)
    for word in ("pia", PERSON, PASSWORD, token, "about="):
        assert word not in said


@pytest.mark.slow
def test_behind_a_proxy_that_is_named_the_line_is_https(tmp_path: Path) -> None:
    data = made(tmp_path / "node")
    add_person(data)
    line = ["--origin", "https://bavn.example.dk", "--proxy", "127.0.0.1", "--listen", "127.0.0.1"]
    command = [sys.executable, "-m", "bavn.node.cli", "serve", "--data", str(data), *WORLD]
    port = free_port()
    with subprocess.Popen(
        [*command, "--port", str(port), *line], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout is not None
            assert b"https://bavn.example.dk" in process.stdout.readline()
            headers = {
                "host": "bavn.example.dk",
                "x-forwarded-for": "203.0.113.9",
                "x-forwarded-proto": "https",
            }
            address = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=address, trust_env=False, headers=headers) as visitor:
                page = visitor.get("/sign-in", headers=HTML)
                assert "max-age" in page.headers["strict-transport-security"]
                kept = page.headers["set-cookie"].partition(";")[0]
                assert kept.startswith("__Host-")
                fields = {"csrf": form_key(page.text), "name": "pia", "password": PASSWORD}
                answer = visitor.post("/sign-in", data=fields, headers={"cookie": kept})
                assert answer.status_code == 303
                assert "; Secure" in answer.headers["set-cookie"]
                # Figures are not open to somebody who comes through the proxy.
                assert visitor.get("/metrics").status_code == 401
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def _answering(scope: object, receive: object, send: object) -> None:
    """The smallest application."""
    del scope, receive
    assert callable(send)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize(
    ("first", "then", "lets_go"),
    [
        (b"", b"", True),
        (b"GET / HT", b"T", True),
        # A head that came whole, and a second one that does not come.
        (b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", b"GET / H", True),
        (b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", b"", False),
    ],
)
def test_who_does_not_say_what_it_wants_is_let_go(
    monkeypatch: pytest.MonkeyPatch, first: bytes, then: bytes, *, lets_go: bool
) -> None:
    monkeypatch.setattr(slow, "HEAD_S", 0.3)

    async def story() -> None:
        config = uvicorn.Config(_answering, http=InTime, log_config=None)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: InTime(config, ServerState(), {}), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reading, writing = await asyncio.open_connection("127.0.0.1", port)
        writing.write(first)
        await asyncio.sleep(0.1)
        writing.write(then)
        try:
            await asyncio.wait_for(reading.read(-1), 1.0)
            was_let_go = True
        except TimeoutError:
            was_let_go = False
        assert was_let_go is lets_go
        writing.close()
        server.close()

    asyncio.run(story())
