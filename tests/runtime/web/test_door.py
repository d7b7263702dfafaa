# SPDX-License-Identifier: Apache-2.0
"""The door: headers, bodies, time, and what libraries have to say."""

import asyncio
import contextlib
import gzip
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Request, get, post
from litestar.response import Stream

from bavn.runtime.web import door
from bavn.runtime.web.door import BODY_BYTES_LIMIT, FOR_EVER, HTTPS_ONLY, SAFE_HEADERS
from bavn.runtime.web.errors import Wrong
from bavn.runtime.web.library_log import take_in_libraries
from bavn.runtime.web.site import without_port
from tests.runtime.web.house import ELSEWHERE, HTML, House, house, run

# The stream's parts come so far apart that all of them take longer than an answer may.
STREAMS_S = 0.4

Capture = pytest.CaptureFixture[str]


@post("/api/v1/taken", opt={"act": "operations.take"}, status_code=200)
async def taken(request: Request[Any, Any, Any]) -> int:
    return len(await request.body())


@get("/api/v1/slow", opt={"act": "operations.read_slow"})
async def slow() -> str:
    await asyncio.sleep(60)
    return "late"


@get("/api/v1/stubborn", opt={"act": "operations.read_stubborn"})
async def stubborn() -> str:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(60)
    return "late"


@get("/api/v1/long", opt={"act": "operations.read_long"})
async def long_text() -> str:
    return "Bavn " * 1_000


@get("/api/v1/broken", opt={"act": "operations.read_broken"})
async def broken() -> str:
    msg = "Pia Opdigtet has broken it"
    raise ValueError(msg)


@get("/api/v1/flow", opt={"act": "operations.read_flow"})
async def flow() -> Stream:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            await asyncio.sleep(STREAMS_S)
            yield b"part\n"

    return Stream(parts())


HANDLERS = (taken, slow, stubborn, long_text, broken, flow)


def test_every_answer_carries_the_safe_headers(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            machine, visitor = own.machine(), own.visitor()
            answers = [
                await visitor.get("/sign-in"),
                await visitor.get("/no-such-page", headers=HTML),
                await visitor.get("/api/v1/long"),
                await visitor.delete("/sign-in"),
                await visitor.get("/account", headers=HTML),
                await visitor.get("/healthz"),
                await visitor.options("/healthz"),
                await machine.get("/api/v1/broken"),
                await machine.post("/api/v1/taken", content=b"x" * (BODY_BYTES_LIMIT + 1)),
            ]
            assert [each.status_code for each in answers] == [
                200,
                404,
                401,
                405,
                303,
                200,
                204,
                500,
                413,
            ]
            for answer in answers:
                assert answer.headers.items() >= SAFE_HEADERS.items(), answer.request.url
                assert answer.headers["cache-control"] == "no-store"
                assert "strict-transport-security" not in answer.headers
                assert "access-control-allow-origin" not in answer.headers

    run(story())


def test_over_https_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, origin="https://bavn.example.dk") as own:
            answer = await own.visitor().get("/no-such-page")
            assert answer.headers["strict-transport-security"] == HTTPS_ONLY

    run(story())


def test_a_hashed_file_is_kept_for_ever_and_nothing_else_is(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = own.visitor()
            page = await visitor.get("/sign-in", headers=HTML)
            script = page.text.partition('<script type="module" src="')[2].partition('"')[0]
            answer = await visitor.get(script)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_EVER)
            missing = await visitor.get("/static/assets/gone-AbCdEfGh.js")
            assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")
            manifest = await visitor.get("/static/.vite/manifest.json")
            assert manifest.headers.get("cache-control") != FOR_EVER

    run(story())


def test_the_interface_describes_itself(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            answer = await own.visitor().get("/api/openapi.json")
            assert answer.status_code == 200
            said = json.loads(answer.content)
            assert said["openapi"].startswith("3.1")
            assert "/api/v1/stream" in said["paths"]
            assert not [path for path in said["paths"] if not path.startswith("/api/v1/")]
            assert said["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
            for path in said["paths"].values():
                for operation in path.values():
                    assert "default" in operation["responses"]
                    assert "400" not in operation["responses"]
            shape = said["components"]["schemas"]["Error"]["properties"]["error"]
            assert tuple(shape["properties"]) == Wrong.__struct_fields__
            got = (await own.visitor().get("/api/v1/stream")).json()["error"]
            assert got.keys() == {*shape["required"]}
            assert {*shape["properties"]} - {*shape["required"]} == {"ask"}

    run(story())


def test_a_body_has_a_limit(tmp_path: Path) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b"x" * (BODY_BYTES_LIMIT // 8)

    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            machine = own.machine()
            send = "/api/v1/taken"
            whole = await machine.post(send, content=b"x" * BODY_BYTES_LIMIT)
            assert whole.text == str(BODY_BYTES_LIMIT)
            for content in (b"x" * (BODY_BYTES_LIMIT + 1), parts()):
                answer = await machine.post(send, content=content)
                assert answer.status_code == 413
                assert answer.json()["error"]["code"] == "too_large"

    run(story())


def test_a_slow_body_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(60)

    async def story() -> None:
        monkeypatch.setattr(door, "BODY_S", 0.05)
        async with house(tmp_path, HANDLERS) as own:
            answer = await own.machine().post("/api/v1/taken", content=parts())
            assert answer.status_code == 408
            assert answer.json()["error"]["code"] == "body_too_slow"

    run(story())


def test_an_answer_that_does_not_come_is_given_up_and_a_stream_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            machine = own.machine()
            monkeypatch.setattr(door, "BODY_S", 0.05)
            monkeypatch.setattr(door, "ANSWER_S", 0.05)
            for path in ("/api/v1/slow", "/api/v1/stubborn"):
                answer = await machine.get(path)
                assert answer.status_code == 503
                assert answer.json()["error"]["code"] == "no_answer_in_time"
            # Time to begin for a machine that is busy; the whole takes longer.
            monkeypatch.setattr(door, "BODY_S", STREAMS_S)
            monkeypatch.setattr(door, "ANSWER_S", STREAMS_S)
            assert (await machine.get("/api/v1/flow")).text == "part\n" * 3

    run(story())


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/api/v1/stream", "/no-such-page"])
def test_head_is_get_without_a_body(tmp_path: Path, path: str) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            answer = await own.machine("observer").head(path)
            assert answer.status_code == (404 if path == "/no-such-page" else 200)
            assert answer.content == b""

    run(story())


def test_options_says_which_methods_there_are(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            answer = await own.visitor(ELSEWHERE).options("/sign-in")
            assert (answer.status_code, answer.headers["allow"]) == (
                204,
                "GET, HEAD, OPTIONS, POST",
            )

    run(story())


def test_large_answers_are_made_small_and_the_stream_is_not(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            machine = own.machine("observer")
            wanted = {"accept-encoding": "gzip"}
            async with machine.stream("GET", "/api/v1/long", headers=wanted) as answer:
                assert answer.headers["content-encoding"] == "gzip"
                raw = b"".join([part async for part in answer.aiter_raw()])
                assert gzip.decompress(raw) == b"Bavn " * 1_000
            answer = await machine.head("/api/v1/stream", headers=wanted)
            assert "content-encoding" not in answer.headers
            assert answer.headers["content-type"].startswith("text/event-stream")

    run(story())


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8112", 200),
        ("localhost:9", 200),
        ("[::1]", 200),
        ("evil.example", 421),
        ("evil.example:8112", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_what_was_meant_for_another_host_is_refused(tmp_path: Path, host: str, status: int) -> None:
    async def story() -> None:
        async with house(tmp_path, checks_host=True) as own:
            answer = await own.visitor().get("/healthz", headers={"host": host})
            assert answer.status_code == status
            assert answer.headers.items() >= SAFE_HEADERS.items()

    run(story())


def test_an_origin_is_a_host_of_ours(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, origin="https://bavn.example.dk", checks_host=True) as own:
            for host, status in (("BAVN.example.dk", 200), ("bavn.example.dk:8", 421)):
                answer = await own.visitor().get("/healthz", headers={"host": host})
                assert answer.status_code == status

    run(story())


def test_a_host_is_told_from_its_port() -> None:
    hosts = ("LOCALHOST:1", "[::1]:8112", "[::1]", "a.example", "")
    assert [without_port(each) for each in hosts] == [
        "localhost",
        "[::1]",
        "[::1]",
        "a.example",
        "",
    ]


def test_what_breaks_is_logged_without_its_words(tmp_path: Path, capsys: Capture) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            answer = await own.machine().get("/api/v1/broken?who=Pia")
            assert "Pia" not in answer.text

    run(story())
    said = capsys.readouterr().err
    assert '"event":"request.broken","error":"ValueError"' in said
    assert "Pia" not in said
    assert "Traceback" not in said


@pytest.fixture
def _loggers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.usefixtures("_loggers")
def test_libraries_speak_through_our_log(capsys: Capture) -> None:
    take_in_libraries()
    logging.getLogger("uvicorn.error").warning("somebody called %s", "Pia")
    logging.getLogger("uvicorn.access").info("GET /?who=Pia")
    error = ValueError("Pia")
    logging.getLogger("litestar").error("it broke for Pia", exc_info=error)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(each["event"], each["logger"]) for each in lines] == [
        ("library.spoke", "uvicorn.error"),
        ("library.failed", "litestar"),
    ]
    assert "Pia" not in json.dumps(lines)


def test_an_error_page_that_breaks_does_not_hide_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(own: House) -> httpx.Response:
        return await own.visitor().get("/no-such-page", headers=HTML)

    async def story() -> None:
        async with house(tmp_path) as own:
            whole = await asked(own)
            assert whole.status_code == 404
            assert "<main" in whole.text
            engine = own.door.template_engine
            assert engine is not None
            monkeypatch.setattr(engine, "get_template", None)
            plain = await asked(own)
            assert plain.status_code == 404
            assert "Her er ingenting." in plain.text

    run(story())
