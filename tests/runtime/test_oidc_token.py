# SPDX-License-Identifier: Apache-2.0
"""ID tokens: each thing that must hold, taken away one at a time."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from bavn.runtime.oidc_token import (
    AGE_S_LIMIT,
    LEEWAY_S,
    Expected,
    TokenRefused,
    head_of,
    key_for,
    subject_in,
)

NOW = datetime(2027, 1, 1, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
EXPECTED = Expected(issuer="https://login.example.dk", client_id="bavn", nonce="n-1")
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
KEYS = KeySet([RSA, EC])
CLAIMS: dict[str, Any] = {
    "iss": EXPECTED.issuer,
    "aud": "bavn",
    "sub": "person-1",
    "nonce": "n-1",
    "iat": NOW_S,
    "exp": NOW_S + 300,
}
GONE = object()


def token(key: Any = RSA, alg: str = "RS256", head: Any = None, **claims: Any) -> str:
    said = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not GONE}
    header = {"alg": alg, "kid": key.kid, **(head or {})}
    return jwt.encode(header, said, key, algorithms=[alg])


def part(content: object) -> str:
    raw = json.dumps(content).encode() if not isinstance(content, bytes) else content
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def subject(raw: str, access_token: str | None = None) -> str:
    """Whom it is about, or the word for why it is not believed."""
    try:
        key = key_for(head_of(raw), KEYS)
        if key is None:
            return "key"
        return subject_in(raw, key, EXPECTED, access_token, NOW)
    except TokenRefused as refused:
        return refused.reason


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256")])
def test_a_whole_token_names_a_person(key: Any, alg: str) -> None:
    assert subject(token(key, alg)) == "person-1"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": EXPECTED.issuer + "/"}, "issuer"),
        ({"iss": GONE}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"aud": ["another"]}, "audience"),
        ({"aud": GONE}, "audience"),
        ({"aud": ["bavn", "another"]}, "azp"),
        ({"aud": ["bavn", "another"], "azp": "another"}, "azp"),
        ({"aud": ["bavn", "another"], "azp": "bavn"}, "person-1"),
        ({"azp": "another"}, "claims"),
        ({"nonce": "n-2"}, "nonce"),
        ({"nonce": GONE}, "nonce"),
        ({"exp": NOW_S - LEEWAY_S}, "expired"),
        ({"exp": NOW_S - LEEWAY_S + 1}, "person-1"),
        ({"exp": GONE}, "expired"),
        ({"exp": "soon"}, "expired"),
        ({"iat": NOW_S - AGE_S_LIMIT - 1}, "age"),
        ({"iat": NOW_S + LEEWAY_S + 1}, "age"),
        ({"iat": GONE}, "age"),
        ({"nbf": NOW_S + 600}, "claims"),
        ({"sub": GONE}, "claims"),
        ({"sub": ""}, "subject"),
        ({"sub": "x" * 256}, "subject"),
        ({"sub": 7}, "claims"),
    ],
)
def test_each_claim_must_hold(claims: dict[str, Any], reason: str) -> None:
    assert subject(token(**claims)) == reason


def test_an_access_token_must_be_the_one_that_came_with_it() -> None:
    half = hashlib.sha256(b"access").digest()[:16]
    whole = base64.urlsafe_b64encode(half).decode().rstrip("=")
    assert subject(token(at_hash=whole), "access") == "person-1"
    assert subject(token(at_hash=whole), "another") == "claims"


def test_a_token_that_is_not_signed_is_refused() -> None:
    for alg in ("none", "None", "NONE", "nOnE", ""):
        assert subject(f"{part({'alg': alg})}.{part(CLAIMS)}.") == "algorithm"


def test_a_token_signed_with_what_everybody_can_read_is_refused() -> None:
    public = RSA.as_pem(private=False)
    for secret in (public, public.strip(), json.dumps(RSA.as_dict(private=False)).encode()):
        signed = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(CLAIMS)}"
        made = hmac.digest(secret, signed.encode(), "sha256")
        assert subject(f"{signed}.{part(made)}") == "algorithm"


def test_a_key_serves_its_own_algorithm_only() -> None:
    head, claims, signature = token().split(".")
    changed = part({"alg": "ES256", "kid": "rsa"})
    assert subject(f"{changed}.{claims}.{signature}") == "key"
    changed = part({"alg": "PS256", "kid": "rsa"})
    assert subject(f"{changed}.{claims}.{signature}") == "signature"
    assert head


def test_a_key_that_the_provider_has_not_is_none() -> None:
    assert subject(token(head={"kid": "another"})) == "key"
    # Under a name that it has, with another key behind it.
    assert subject(token(OTHER)) == "signature"
    # A key that comes with the token itself is nobody's.
    raw = token(OTHER, head={"kid": "mine", "jwk": OTHER.as_dict(private=False)})
    assert subject(raw) == "key"


def test_without_a_name_the_key_must_be_the_only_one() -> None:
    raw = jwt.encode({"alg": "RS256"}, CLAIMS, RSA, algorithms=["RS256"])
    assert subject(raw) == "person-1"
    two = KeySet([RSA, RSAKey.generate_key(2048, {"kid": "second"}, private=True)])
    assert key_for(head_of(raw), two) is None


def test_a_key_for_hiding_signs_nothing() -> None:
    hiding = RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"}, private=True)
    assert key_for(head_of(token(head={"kid": "enc"})), KeySet([hiding])) is None


def test_a_changed_token_is_refused() -> None:
    head, _, signature = token().split(".")
    assert subject(f"{head}.{part({**CLAIMS, 'sub': 'person-2'})}.{signature}") == "signature"


@pytest.mark.parametrize(
    "raw",
    ["", "a.b", "a.b.c.d", "!!.!!.!!", f"{part([1])}.{part({})}.x", "x" * 40_000, "ø.ø.ø"],
)
def test_what_is_no_token_is_refused(raw: str) -> None:
    assert subject(raw) == "form"
