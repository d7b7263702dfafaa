# SPDX-License-Identifier: Apache-2.0
"""Signing in by name and password, sessions, and one's own account."""

from datetime import timedelta
from pathlib import Path

import pytest

from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.accounts import plain_name
from bavn.runtime.sessions import ABSOLUTE_LIMIT, IDLE_LIMIT
from bavn.runtime.throttle import FREE_OF_ACCOUNT, FREE_OF_ADDRESS, LONGEST_WAIT_S
from bavn.runtime.web.sign_in import own_path
from tests.runtime.web.house import (
    ELSEWHERE,
    HTML,
    NAME,
    PASSWORD,
    PERSON,
    QUICK,
    form_key,
    house,
    page_key,
    run,
    sign_in,
)

ACCOUNT = "/account"


def test_a_person_signs_in_and_out(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = await own.person()
            page = await visitor.get(ACCOUNT, headers=HTML)
            assert page.status_code == 200
            assert PERSON in page.text
            out = await visitor.post("/sign-out", data={"csrf": form_key(page.text)})
            assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
            assert (await visitor.get(ACCOUNT)).status_code == 401

    run(story())


def test_a_signed_out_session_is_over_whoever_kept_its_cookie(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = await own.person()
            kept = own.visitor(cookie="; ".join(f"{k}={v}" for k, v in visitor.cookies.items()))
            page = await kept.get(ACCOUNT, headers=HTML)
            assert page.status_code == 200
            await visitor.post("/sign-out", data={"csrf": form_key(page.text)})
            assert (await kept.get(ACCOUNT)).status_code == 401

    run(story())


def test_a_cookie_says_nothing_and_goes_nowhere_else(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            own.account()
            answer = await sign_in(own.visitor())
            cookie = answer.headers["set-cookie"].lower()
            assert cookie.startswith("bavn-8112=")
            assert "httponly" in cookie
            assert "samesite=lax" in cookie
            assert "path=/" in cookie
            assert "domain" not in cookie
            assert "secure" not in cookie

    run(story())


def test_over_https_no_other_host_can_set_the_cookie(tmp_path: Path) -> None:
    async def story() -> None:
        at = "https://bavn.example.dk"
        async with house(tmp_path, origin=at, checks_host=True) as own:
            own.account()
            answer = await sign_in(own.visitor(ELSEWHERE, at))
            cookie = answer.headers["set-cookie"].lower()
            assert cookie.startswith("__host-bavn=")
            assert "secure" in cookie
            assert "max-age=31536000" in answer.headers["strict-transport-security"]

    run(story())


def test_over_an_open_line_nobody_is_signed_in(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            own.account()
            answer = await sign_in(own.visitor(ELSEWHERE, "http://bavn.example.dk"))
            assert answer.status_code == 403
            assert "https://" in answer.text
            assert "bavn-80=" not in answer.headers.get("set-cookie", "")

    run(story())


def test_a_session_is_new_at_each_sign_in(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = await own.person()
            before = visitor.cookies["bavn-8112"]
            assert (await sign_in(visitor)).status_code == 303
            assert visitor.cookies["bavn-8112"] != before
            assert own.access.sessions.of(before, clock.now()) is None

    run(story())


@pytest.mark.parametrize(("limit", "steps"), [(IDLE_LIMIT, 1), (ABSOLUTE_LIMIT, 4)])
def test_a_session_ends_by_itself(tmp_path: Path, limit: timedelta, steps: int) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            account, now = own.account(), clock.now()
            sessions = own.access.sessions
            raw = sessions.begin(account.id, "password", now)
            # Seen now and then, so that only the one limit is reached.
            for step in range(1, steps):
                assert sessions.of(raw, now + limit * step / steps) is not None
            if steps > 1:
                assert sessions.of(raw, now + limit - timedelta(seconds=1)) is not None
            assert sessions.of(raw, now + limit + timedelta(seconds=1)) is None

    run(story())


def test_who_reads_the_file_can_be_nobody(tmp_path: Path) -> None:
    shown: list[str] = []

    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = await own.person()
            shown.append(visitor.cookies["bavn-8112"])
            modes.extend(path.stat().st_mode & 0o077 for path in _files(tmp_path))

    modes: list[int] = []
    run(story())
    kept = b"".join(path.read_bytes() for path in _files(tmp_path))
    assert shown[0].encode() not in kept
    assert PASSWORD.encode() not in kept
    assert b"$argon2id$" in kept
    assert set(modes) == {0}


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("access.db*"))


@pytest.mark.parametrize(
    ("name", "password"), [("nobody", PASSWORD), (NAME, "not it at all"), ("locked", PASSWORD)]
)
def test_unknown_name_and_wrong_password_get_one_answer(
    tmp_path: Path, name: str, password: str
) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            own.account()
            # Somebody who comes in by a provider, and has no password.
            own.account("locked", None, "elsewhere locked")
            visitor = own.visitor()
            answer = await sign_in(visitor, name, password)
            assert answer.status_code == 401
            assert "Navnet eller adgangskoden er forkert." in answer.text
            assert f'value="{name}"' in answer.text
            assert password not in answer.text
            assert "bavn-8112" not in visitor.cookies

    run(story())


def test_guessing_is_slowed_and_told_how_long(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            own.account()
            visitor = own.visitor(ELSEWHERE)
            for _ in range(FREE_OF_ACCOUNT):
                assert (await sign_in(visitor, password="wrong")).status_code == 401
            answer = await sign_in(visitor)
            assert answer.status_code == 429
            assert answer.headers["retry-after"] == "1"
            # Of a name that nobody has, no more can be learnt.
            for _ in range(FREE_OF_ACCOUNT):
                assert (await sign_in(visitor, "nobody", "wrong")).status_code == 401
            assert (await sign_in(visitor, "nobody", "wrong")).status_code == 429

    run(story())


def test_who_is_at_the_usual_place_is_not_kept_out_by_a_stranger(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            await own.person()
            stranger = own.visitor(ELSEWHERE)
            for _ in range(FREE_OF_ACCOUNT):
                await sign_in(stranger, password="wrong")
            assert (await sign_in(stranger)).status_code == 429
            assert (await sign_in(own.visitor())).status_code == 303

    run(story())


def test_waits_grow_have_an_end_and_outlive_a_restart(tmp_path: Path) -> None:
    now, waits, path = clock.now(), [], tmp_path / "access.db"
    for _ in range(16):
        access = Access(path, QUICK)
        waits.append(access.throttle.wait_s(NAME, ELSEWHERE, now))
        access.throttle.count(NAME, ELSEWHERE, now)
        access.close()
    assert waits[: FREE_OF_ACCOUNT + 4] == [0, 0, 0, 1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_S
    access = Access(path, QUICK)
    access.throttle.forgive(NAME)
    assert access.throttle.wait_s(NAME, ELSEWHERE, now) == 0
    access.close()


def test_an_address_that_tries_many_names_waits(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            throttle, now = own.access.throttle, clock.now()
            for number in range(FREE_OF_ADDRESS):
                assert throttle.wait_s(f"n{number}", ELSEWHERE, now) == 0
                throttle.count(f"n{number}", ELSEWHERE, now)
            assert throttle.wait_s("another", ELSEWHERE, now) == 1
            assert throttle.wait_s("another", "198.51.100.1", now) == 0
            assert throttle.wait_s("another", ELSEWHERE, now + timedelta(seconds=2)) == 0

    run(story())


def test_who_has_an_account_cannot_guess_others_for_free(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            throttle, now = own.access.throttle, clock.now()
            for number in range(FREE_OF_ADDRESS + 1):
                throttle.count(f"n{number}", ELSEWHERE, now)
                throttle.count(NAME, ELSEWHERE, now)
                throttle.succeeded(NAME, ELSEWHERE, now)
            assert throttle.wait_s("another", ELSEWHERE, now) > 0

    run(story())


def test_a_form_that_is_not_ours_signs_nobody_in(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            own.account()
            good = {"name": NAME, "password": PASSWORD}
            visitor, other = own.visitor(), own.visitor()
            key = await page_key(visitor)
            strange = await page_key(other)
            for fields in (good, {**good, "csrf": ""}, {**good, "csrf": strange}):
                answer = await visitor.post("/sign-in", data=fields)
                assert answer.status_code == 403
                assert answer.json()["error"]["code"] == "form_not_ours"
            answer = await visitor.post("/sign-in", data={**good, "csrf": key})
            assert answer.status_code == 303

    run(story())


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/incidents/i1?open=1", "/incidents/i1?open=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/%09/evil.example\n", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-in?next=/", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(tmp_path: Path, wanted: str, leads: str) -> None:
    async def story() -> None:
        assert own_path(wanted) == leads
        async with house(tmp_path) as own:
            own.account()
            answer = await sign_in(own.visitor(), onward=wanted)
            assert (answer.status_code, answer.headers["location"]) == (303, leads)

    run(story())


def test_one_sees_and_ends_ones_own_sessions_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            here = await own.person()
            there, other = own.visitor(), await own.person("ib")
            await sign_in(there)
            page = await here.get(ACCOUNT, headers=HTML)
            assert page.text.count("/account/sessions/") == 2
            now, key = clock.now(), {"csrf": form_key(page.text)}
            [of_ib] = own.access.sessions.of_account("id-ib", now)
            answer = await here.post(f"/account/sessions/{of_ib.id}/end", data=key)
            assert answer.status_code == 404
            assert (await other.get(ACCOUNT)).status_code == 200
            answer = await here.post("/account/sessions/end", data=key)
            assert answer.status_code == 303
            assert (await there.get(ACCOUNT)).status_code == 401
            assert (await here.get(ACCOUNT)).status_code == 200

    run(story())


def test_another_password_takes_the_old_one_and_ends_every_other_session(tmp_path: Path) -> None:
    async def story() -> None:
        new = "fire ænder går over vejen"
        async with house(tmp_path) as own:
            here, there = await own.person(), own.visitor()
            await sign_in(there)
            fields = {"csrf": await page_key_of(here), "old": PASSWORD, "new": new, "again": new}
            for wrong, status in (
                ({"old": "not it"}, 401),
                ({"again": "another one altogether"}, 422),
                ({"new": "kort", "again": "kort"}, 422),
                ({"new": "danmark danmark 1864", "again": "danmark danmark 1864"}, 422),
            ):
                answer = await here.post(f"{ACCOUNT}/password", data={**fields, **wrong})
                assert answer.status_code == status
            answer = await here.post(f"{ACCOUNT}/password", data=fields)
            assert answer.status_code == 303
            assert (await here.get(ACCOUNT)).status_code == 200
            assert (await there.get(ACCOUNT)).status_code == 401
            assert (await sign_in(own.visitor())).status_code == 401
            assert (await sign_in(own.visitor(), password=new)).status_code == 303

    run(story())


async def page_key_of(visitor: object) -> str:
    """What the forms of a signed-in page carry."""
    page = await visitor.get(ACCOUNT, headers=HTML)  # type: ignore[attr-defined]
    return form_key(page.text)


def test_an_ended_account_is_out_at_once_and_forgotten(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = await own.person()
            assert own.access.accounts.end(NAME)
            assert (await visitor.get(ACCOUNT)).status_code == 401
            assert (await sign_in(own.visitor())).status_code == 401
            assert own.access.accounts.all() == []

    run(story())


def test_a_name_is_the_same_in_capital_letters() -> None:
    assert plain_name(" PIA ") == NAME


def test_the_log_holds_no_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            await own.person()
            await sign_in(own.visitor(), password="wrong")
            await own.visitor().get(f"/account?who={PERSON}")

    run(story())
    said = "".join(capsys.readouterr())
    for word in (NAME, PERSON, PASSWORD, "who="):
        assert word not in said


def test_where_nobody_is_signed_in_a_page_leads_there_and_a_script_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = own.visitor()
            answer = await visitor.get("/account?a=1&b=2", headers=HTML)
            assert answer.status_code == 303
            assert answer.headers["location"] == "/sign-in?next=/account%3Fa%3D1%26b%3D2"
            asked = (
                {**HTML, "hx-request": "true"},
                {**HTML, "sec-fetch-mode": "cors"},
                {"accept": "application/json"},
            )
            for headers in asked:
                answer = await visitor.get(ACCOUNT, headers=headers)
                assert answer.status_code == 401
                assert not {"hx-redirect", "location"} & answer.headers.keys()
            answer = await visitor.post(f"{ACCOUNT}/password", headers=HTML)
            assert answer.status_code == 401

    run(story())


def test_the_page_is_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path) as own:
            visitor = own.visitor()
            assert "Adgangskode" in (await visitor.get("/sign-in")).text
            english = await visitor.get("/sign-in", headers={"accept-language": "en-GB,da;q=0.5"})
            assert "Password" in english.text

    run(story())
