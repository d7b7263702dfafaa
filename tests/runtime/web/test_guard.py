# SPDX-License-Identifier: Apache-2.0
"""The guard: who gets through to what, and what is refused before any handler sees it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from litestar import get, post

from bavn.frame.call import Call
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.runtime import clock
from bavn.runtime.web.limits import Buckets, Limit, Limits
from tests.runtime.web.house import (
    AGENCY,
    AREA,
    ELSEWHERE,
    HERE,
    HTML,
    TOWN,
    form_key,
    house,
    page_key,
    run,
)


@get("/api/v1/things", opt={"act": "operations.read_things"})
async def things(call: Call) -> dict[str, Any]:
    reader = call.reader
    return {
        "organisations": sorted(reader.organisations),
        "areas": sorted(reader.areas),
        "personal": reader.personal,
        "sender": call.sender,
    }


@post("/api/v1/things", opt={"act": "operations.change_thing"}, status_code=200)
async def change(call: Call) -> str:
    return call.actor.function


@post("/api/v1/fires", opt={"act": "lilleland.report_fire"}, status_code=200)
async def alarm(call: Call) -> str:
    return call.actor.function


@get("/api/v1/unheard", opt={})
async def unheard() -> str:
    return "nobody may hear this"


HANDLERS = (things, change, alarm, unheard)
Capture = pytest.CaptureFixture[str]


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def test_a_token_needs_no_form_and_a_stranger_gets_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            machine = own.machine()
            assert (await machine.post("/api/v1/things")).text == "watch"
            stranger = own.visitor(authorization="Bearer bavn_" + "A" * 43)
            for visitor in (own.visitor(), stranger, own.visitor(authorization="Basic eDp5")):
                for answer in (
                    await visitor.get("/api/v1/things"),
                    await visitor.post("/api/v1/things"),
                    await visitor.post("/api/v1/fires"),
                ):
                    assert answer.status_code == 401
                    assert answer.headers["www-authenticate"] == "Bearer"
                    assert code_of(answer) == "not_signed_in"

    run(story())


def test_an_ended_or_expired_token_is_none(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            machine, old = own.machine(), own.machine("watch", name="old", expires_at=clock.now())
            assert (await machine.get("/api/v1/things")).status_code == 200
            assert own.access.tokens.end("watch-machine")
            assert (await machine.get("/api/v1/things")).status_code == 401
            assert (await old.get("/api/v1/things")).status_code == 401

    run(story())


def test_a_function_does_what_goes_with_it_and_is_told_who_may_the_rest(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            keeper = own.machine("keeper")
            assert (await keeper.get("/api/v1/things")).status_code == 200
            answer = await keeper.post("/api/v1/things")
            assert (answer.status_code, code_of(answer)) == (403, "not_by_mandate")
            error = answer.json()["error"]
            assert error["values"]["holders"] == f"watch ({TOWN})"
            assert "Det har: Vagten (Østby Brandvæsen)." in error["try_instead"]
            english = await keeper.post("/api/v1/things", headers={"accept-language": "en"})
            assert "Watch (Østby Brandvæsen)" in english.json()["error"]["try_instead"]
            nobody = own.machine("no_such_function")
            assert (await nobody.get("/api/v1/things")).status_code == 403

    run(story())


def test_an_alarm_is_refused_to_nobody_whom_we_know(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            for function in ("keeper", "observer", "no_such_function"):
                answer = await own.machine(function).post("/api/v1/fires")
                assert answer.status_code == 200, answer.text

    run(story())


def test_an_alarm_gets_through_a_broken_gate(tmp_path: Path) -> None:
    def broken(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed:
        raise RuntimeError(actor, act, resource, at)

    async def story() -> None:
        async with house(tmp_path, HANDLERS, may=broken) as own:
            machine = own.machine()
            assert (await machine.post("/api/v1/fires")).status_code == 200
            assert (await machine.get("/api/v1/things")).status_code == 500

    run(story())


def test_a_handler_without_an_act_serves_nobody(tmp_path: Path, capsys: Capture) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            answer = await own.machine().get("/api/v1/unheard")
            assert (answer.status_code, code_of(answer)) == (500, "broken")

    run(story())
    assert '"error":"BrokenPromise"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("what", "areas", "personal"),
    [
        ({"function": "watch"}, [], True),
        ({"function": "watch", "personal": False}, [], False),
        ({"function": "watch", "areas": (AREA,)}, [AREA], True),
        ({"function": "centre", "organisation": AREA}, [AREA], True),
        ({"function": "observer", "organisation": AGENCY}, [AREA, "western"], False),
    ],
)
def test_a_reader_is_made_of_organisation_and_level(
    tmp_path: Path, what: dict[str, Any], areas: list[str], *, personal: bool
) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            visitor = await own.person(**what)
            found = (await visitor.get("/api/v1/things")).json()
            owner = what.get("organisation", TOWN)
            assert found == {
                "organisations": [owner],
                "areas": areas,
                "personal": personal,
                "sender": f"web:{owner}",
            }

    run(story())


def test_what_another_page_sends_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            visitor, other = await own.person(), await own.person("ib")
            key, strange = await page_key(visitor), await page_key(other)
            send = "/api/v1/things"
            good = {"x-csrf-token": key}
            assert (await visitor.post(send, headers=good)).status_code == 200
            assert (await visitor.post(send, data={"csrf": key})).status_code == 200
            for headers in (
                {},
                {"x-csrf-token": strange},
                {"x-csrf-token": "x"},
                {"x-csrf-token": "ø".encode("latin-1").decode("latin-1")},
                {**good, "origin": "https://evil.example"},
                {**good, "origin": "null"},
                {**good, "origin": "http://127.0.0.1:9999"},
                {**good, "sec-fetch-site": "cross-site"},
                {**good, "sec-fetch-site": "same-site"},
            ):
                sent = {name: value.encode("latin-1") for name, value in headers.items()}
                answer = await visitor.post(send, headers=sent)  # type: ignore[arg-type]
                assert (answer.status_code, code_of(answer)) == (403, "form_not_ours"), headers
            ours = {**good, "origin": HERE, "sec-fetch-site": "same-origin"}
            assert (await visitor.post(send, headers=ours)).status_code == 200

    run(story())


def test_a_form_key_looks_different_each_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = await own.person()
            pages = [await visitor.get("/account", headers=HTML) for _ in range(2)]
            assert form_key(pages[0].text) != form_key(pages[1].text)

    run(story())


def test_a_stale_session_is_told_that_it_is_over_and_not_that_its_form_is_wrong(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with house(tmp_path, HANDLERS) as own:
            visitor = await own.person()
            own.access.sessions.end_all("id-pia")
            answer = await visitor.post("/api/v1/things", headers={"x-csrf-token": "old"})
            assert answer.status_code == 401

    run(story())


def test_a_machine_has_no_account_to_look_after(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            assert (await own.machine().get("/account")).status_code == 401

    run(story())


def test_too_much_is_answered_with_when_to_come_back(tmp_path: Path, capsys: Capture) -> None:
    async def story() -> None:
        limits = Limits(token=Limit("token", 3, 0.1), session=Limit("session", 2, 1))
        async with house(tmp_path, HANDLERS, limits=limits) as own:
            machine, other = own.machine(), own.machine("watch", name="other")
            for _ in range(3):
                assert (await machine.get("/api/v1/things")).status_code == 200
            answer = await machine.get("/api/v1/things")
            assert (answer.status_code, code_of(answer)) == (429, "too_many_requests")
            assert 9 <= int(answer.headers["retry-after"]) <= 11
            # Neither others nor its own alarms wait for it.
            assert (await other.get("/api/v1/things")).status_code == 200
            assert (await machine.post("/api/v1/fires")).status_code == 200
            visitor = await own.person()
            for _ in range(2):
                await visitor.get("/api/v1/things")
            assert (await visitor.get("/api/v1/things")).status_code == 429

    run(story())
    assert '"event":"limit.reached","limit":"token"' in capsys.readouterr().err


def test_who_shows_wrong_tokens_waits_and_nobody_else_does(tmp_path: Path) -> None:
    async def story() -> None:
        limits = Limits(unknown=Limit("unknown", 2, 0.1))
        async with house(tmp_path, HANDLERS, limits=limits) as own:
            guessing = own.visitor(ELSEWHERE, authorization="Bearer guess")
            got = [(await guessing.get("/api/v1/things")).status_code for _ in range(3)]
            assert got == [401, 401, 429]
            assert (await own.machine().get("/api/v1/things")).status_code == 200
            assert (await own.visitor(ELSEWHERE).get("/sign-in")).status_code == 200

    run(story())


def test_a_bucket_fills_at_its_rate_and_no_further() -> None:
    buckets, limit = Buckets(), Limit("x", 2, 0.5)
    assert [buckets.wait_s(limit, "a", 0.0) for _ in range(3)] == [0, 0, 2]
    assert buckets.wait_s(limit, "a", 1.0) == 1
    assert buckets.wait_s(limit, "a", 2.0) == 0
    assert [buckets.wait_s(limit, "a", 1_000.0) for _ in range(3)] == [0, 0, 2]


def test_figures_are_open_to_this_machine_and_by_token_elsewhere(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            assert (await own.visitor().get("/metrics")).status_code == 200
            through = own.visitor(**{"x-forwarded-for": "203.0.113.9"})
            for visitor in (own.visitor(ELSEWHERE), through):
                assert (await visitor.get("/metrics")).status_code == 401
                assert (await visitor.get("/healthz")).status_code == 200
            assert (await own.machine("observer").get("/metrics")).status_code == 200

    run(story())


def test_ready_is_no_while_the_process_is_stopping(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            assert (await own.visitor().get("/readyz")).status_code == 200
            own.door.is_stopping = True
            answer = await own.visitor().get("/readyz")
            assert (answer.status_code, answer.text) == (503, "stopping\n")

    run(story())


def test_a_role_is_chosen_where_that_is_open_and_nowhere_else(tmp_path: Path) -> None:
    async def story() -> None:
        role = {"organisation": TOWN, "function": "watch"}
        async with house(tmp_path / "demo", HANDLERS, demo=True) as own:
            visitor = own.visitor()
            page = await visitor.get("/sign-in", headers=HTML)
            assert "Østby Brandvæsen" in page.text
            assert 'value="machine"' not in page.text
            key = {"csrf": form_key(page.text)}
            for wrong in ({"function": "machine"}, {"function": "centre"}, {"organisation": "x"}):
                answer = await visitor.post("/sign-in/role", data={**key, **role, **wrong})
                assert answer.status_code == 404
            answer = await visitor.post("/sign-in/role", data={**key, **role})
            assert answer.status_code == 303
            found = (await visitor.get("/api/v1/things")).json()
            assert found["organisations"] == [TOWN]
            # There is no password to change.
            page = await visitor.get("/account", headers=HTML)
            assert page.status_code == 200
            assert 'type="password"' not in page.text
        async with house(tmp_path / "real", HANDLERS) as own:
            visitor = own.visitor()
            fields = {"csrf": await page_key(visitor), **role}
            assert (await visitor.post("/sign-in/role", data=fields)).status_code in (404, 405)

    run(story())
