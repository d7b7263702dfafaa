# SPDX-License-Identifier: Apache-2.0
"""Signing in at a provider: a real one, one that is gone, and one that lies."""

import base64
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import KeySet, RSAKey

from bavn.runtime import clock, oidc
from bavn.runtime.accounts import subject_at
from bavn.runtime.oidc import Provider
from bavn.runtime.oidc_settings import Settings
from tests.runtime.web.house import HTML, House, house, run, sign_in
from tests.story.providers import (
    BACK,
    CLIENT,
    SECRET,
    Liar,
    lying_provider,
    real_provider,
    through_provider,
)

pytestmark = [pytest.mark.story]
SUBJECT = "pia-at-provider"


def provider_at(issuer: str, folder: Path) -> Provider:
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    known = {"issuer": issuer, "client_id": CLIENT, "secret_file": str(secret)}
    return Provider(Settings(**known, title="Fælles login"))


def known_at(own: House, issuer: str) -> None:
    """An administrator has said who it is."""
    own.account(subject=subject_at(issuer, SUBJECT))


async def begun(visitor: httpx.AsyncClient, onward: str = "/account") -> str:
    """The address at the provider that the button leads to."""
    page = await visitor.get("/sign-in", headers=HTML)
    assert "Fælles login" in page.text
    answer = await visitor.get("/sign-in/provider", params={"next": onward})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def asked_for(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.mark.slow
def test_a_person_comes_in_by_a_real_provider(tmp_path: Path) -> None:
    async def story() -> None:
        with real_provider() as issuer:
            provider = provider_at(issuer, tmp_path)
            async with house(tmp_path, provider=provider) as own:
                visitor = own.visitor()
                # Nobody is let in whom no administrator has named.
                back = await through_provider(await begun(visitor), SUBJECT)
                answer = await visitor.get(back, headers=HTML)
                assert answer.status_code == 403
                assert SUBJECT in answer.text
                assert own.access.accounts.all() == []

                known_at(own, issuer)
                address = await begun(visitor, "/account?x=1")
                asked = asked_for(address)
                assert asked["code_challenge_method"] == "S256"
                assert asked["redirect_uri"] == BACK
                back = await through_provider(address, SUBJECT)
                answer = await visitor.get(back)
                assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
                assert (await visitor.get("/account")).status_code == 200
                # The same answer does not let anybody in twice.
                assert (await visitor.get(back, headers=HTML)).status_code == 403

    run(story())


@pytest.mark.slow
def test_a_real_provider_that_changes_its_key_is_asked_anew(tmp_path: Path) -> None:
    async def story() -> None:
        with ExitStack() as first:
            issuer = first.enter_context(real_provider())
            async with house(tmp_path, provider=provider_at(issuer, tmp_path)) as own:
                known_at(own, issuer)
                assert await comes_in(own.visitor())
                first.close()
                with real_provider(urlsplit(issuer).port or 0, "second"):
                    assert await comes_in(own.visitor())

    run(story())


@pytest.mark.slow
def test_a_real_providers_word_does_not_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        with real_provider() as issuer:
            async with house(tmp_path, provider=provider_at(issuer, tmp_path)) as own:
                known_at(own, issuer)
                later = clock.now() + timedelta(hours=2)
                monkeypatch.setattr(clock, "now", lambda: later)
                visitor = own.visitor()
                back = await through_provider(await begun(visitor), SUBJECT)
                answer = await visitor.get(back, headers=HTML)
                assert answer.status_code == 403
                assert "expired" in answer.text

    run(story())


async def comes_in(visitor: httpx.AsyncClient) -> bool:
    """True when somebody came in by the real provider."""
    back = await through_provider(await begun(visitor), SUBJECT)
    return (await visitor.get(back)).status_code == 303


def test_when_the_provider_is_gone_the_password_still_works(tmp_path: Path) -> None:
    async def story() -> None:
        with lying_provider() as liar:
            provider = provider_at(liar.issuer, tmp_path)
        async with house(tmp_path, provider=provider) as own:
            known_at(own, liar.issuer)
            visitor = own.visitor()
            started = time.perf_counter()
            answer = await visitor.get("/sign-in/provider", headers=HTML)
            assert time.perf_counter() - started < oidc.STEP_S
            assert answer.status_code == 503
            assert "Det fælles login svarer ikke." in answer.text
            assert 'name="password"' in answer.text
            assert (await sign_in(visitor)).status_code == 303

    run(story())


def test_a_provider_that_goes_while_somebody_is_there(tmp_path: Path) -> None:
    async def story() -> None:
        with lying_provider() as liar:
            provider = provider_at(liar.issuer, tmp_path)
            async with house(tmp_path, provider=provider) as own:
                visitor = own.visitor()
                asked = asked_for(await begun(visitor))
                liar.close()
                answer = await back_with(visitor, asked["state"])
                assert answer.status_code == 503

    run(story())


async def back_with(visitor: httpx.AsyncClient, state: str, **more: str) -> httpx.Response:
    """What comes of coming back from the provider with this."""
    said = {"code": "c", "state": state, **more}
    return await visitor.get("/sign-in/provider/back", params=said, headers=HTML)


Lie = Callable[[Liar, str, int], None]
STRANGE = RSAKey.generate_key(2048, {"kid": "strange"}, private=True)
FORGED = RSAKey.generate_key(2048, {"kid": "first"}, private=True)


def _unsigned(liar: Liar, nonce: str, now_s: int) -> None:
    liar.signed(nonce, now_s)
    assert liar.token is not None
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    liar.token = f"{head}.{liar.token.split('.')[1]}."


LIES: dict[str, tuple[Lie, str]] = {
    "nothing": (lambda liar, nonce, now_s: liar.signed(nonce, now_s), ""),
    "another audience": (lambda liar, n, s: liar.signed(n, s, aud="another"), "audience"),
    "another issuer": (lambda liar, n, s: liar.signed(n, s, iss="https://evil.example"), "issuer"),
    "for another beside us": (lambda liar, n, s: liar.signed(n, s, aud=[CLIENT, "x"]), "azp"),
    "expired": (lambda liar, n, s: liar.signed(n, s, exp=s - 3600), "expired"),
    "made long ago": (lambda liar, n, s: liar.signed(n, s, iat=s - 3600), "age"),
    "of another try": (lambda liar, _n, s: liar.signed("another", s), "nonce"),
    "an unknown key": (lambda liar, n, s: liar.signed(n, s, STRANGE), "key"),
    "another's key": (lambda liar, n, s: liar.signed(n, s, FORGED), "signature"),
    "not signed": (_unsigned, "algorithm"),
}


@pytest.mark.parametrize(("lie", "reason"), LIES.values(), ids=LIES)
def test_a_lie_lets_nobody_in(tmp_path: Path, lie: Lie, reason: str) -> None:
    async def story() -> None:
        with lying_provider() as liar:
            async with house(tmp_path, provider=provider_at(liar.issuer, tmp_path)) as own:
                known_at(own, liar.issuer)
                visitor = own.visitor()
                asked = asked_for(await begun(visitor))
                lie(liar, asked["nonce"], int(clock.now().timestamp()))
                answer = await back_with(visitor, asked["state"])
                if reason:
                    assert answer.status_code == 403
                    assert f": {reason}." in answer.text
                    assert (await visitor.get("/account")).status_code == 401
                else:
                    assert answer.status_code == 303
                # An unknown key has the keys fetched anew once, and no more.
                assert liar.asked.count("/keys") <= (2 if reason == "key" else 1)
                assert_exchanged(liar, asked)

    run(story())


def assert_exchanged(liar: Liar, asked: dict[str, str]) -> None:
    """The code was handed in with what only we know: RFC 7636 §4.6."""
    [form] = liar.forms
    digest = sha256(form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert challenge == asked["code_challenge"]
    assert form["redirect_uri"] == BACK


def test_a_new_key_is_taken_when_it_is_used(tmp_path: Path) -> None:
    async def story() -> None:
        with lying_provider() as liar:
            async with house(tmp_path, provider=provider_at(liar.issuer, tmp_path)) as own:
                known_at(own, liar.issuer)
                for key in (liar.key, STRANGE):
                    liar.shown = KeySet([key])
                    visitor = own.visitor()
                    asked = asked_for(await begun(visitor))
                    liar.signed(asked["nonce"], int(clock.now().timestamp()), key)
                    assert (await back_with(visitor, asked["state"])).status_code == 303
                assert liar.asked.count("/keys") == 2
                assert liar.asked.count("/.well-known/openid-configuration") == 1

    run(story())


def test_a_way_begun_elsewhere_is_not_gone_on_with(tmp_path: Path) -> None:
    async def story() -> None:
        with lying_provider() as liar:
            async with house(tmp_path, provider=provider_at(liar.issuer, tmp_path)) as own:
                known_at(own, liar.issuer)
                attacker, victim = own.visitor(), own.visitor()
                await victim.get("/sign-in")
                asked = asked_for(await begun(attacker))
                liar.signed(asked["nonce"], int(clock.now().timestamp()))
                for visitor, state in ((victim, asked["state"]), (attacker, "another")):
                    answer = await back_with(visitor, state)
                    assert answer.status_code == 403
                assert liar.forms == []
                # The first to come with it has used it up, whoever it was.
                assert (await back_with(attacker, asked["state"])).status_code == 403

    run(story())


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"iss": "https://evil.example"}, "issuer"), ({"error": "access_denied"}, "declined")],
)
def test_another_providers_answer_is_not_believed(
    tmp_path: Path, said: dict[str, str], reason: str
) -> None:
    async def story() -> None:
        with lying_provider() as liar:
            async with house(tmp_path, provider=provider_at(liar.issuer, tmp_path)) as own:
                visitor = own.visitor()
                asked = asked_for(await begun(visitor))
                answer = await back_with(visitor, asked["state"], **said)
                assert answer.status_code == 403
                assert reason in answer.text
                assert liar.forms == []

    run(story())


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": 7},
    ],
)
def test_a_provider_that_leads_astray_is_as_good_as_gone(
    tmp_path: Path, discovery: dict[str, Any]
) -> None:
    async def story() -> None:
        with lying_provider() as liar:
            liar.discovery = discovery
            async with house(tmp_path, provider=provider_at(liar.issuer, tmp_path)) as own:
                answer = await own.visitor().get("/sign-in/provider", headers=HTML)
                assert answer.status_code == 503

    run(story())
