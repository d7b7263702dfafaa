# SPDX-License-Identifier: Apache-2.0
"""ID tokens: whether a provider's word about a person is its own, for us, now, and for this try.

OpenID Connect Core 1.0 §3.1.3.7, in its order. Only algorithms with a public key are known here: a
token that is not signed, or is "signed" with what everybody can read, is refused before its claims
are looked at.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped] # has no types
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
TOKEN_BYTES_LIMIT = 32 * 1024
# How far two machines' clocks may be apart.
LEEWAY_S = 60
# A token is made for this try; one that is older was made for another.
AGE_S_LIMIT = 600
SUBJECT_CHARACTERS_LIMIT = 255

PublicKey = RSAKey | ECKey


class TokenRefused(Exception):
    """The token is not believed; `reason` is a word for the log, never the token's own words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token must say."""

    issuer: str
    client_id: str
    nonce: str
    subject_claim: str = "sub"


class _Head(msgspec.Struct, frozen=True):
    alg: str
    kid: str | None = None


def head_of(raw: str) -> _Head:
    """What a token says of itself; only with an algorithm that we know."""
    if len(raw) > TOKEN_BYTES_LIMIT or raw.count(".") != 2:  # noqa: PLR2004 - head, claims, signature
        raise TokenRefused("form")
    try:
        head = raw.partition(".")[0]
        said = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        found = msgspec.json.decode(said, type=_Head)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise TokenRefused("form") from error
    if found.alg not in ALGORITHMS:
        raise TokenRefused("algorithm")
    return found


def key_for(head: _Head, keys: KeySet) -> PublicKey | None:
    """The provider's key that the token names; None when the provider has no such key."""
    fitting = [
        key
        for key in keys.keys
        if isinstance(key, PublicKey)
        and key.key_type == ALGORITHMS[head.alg]
        and key.get("use", "sig") == "sig"
        and key.get("alg", head.alg) == head.alg
        and (head.kid is None or key.kid == head.kid)
    ]
    # Without a name it must be clear which is meant.
    return fitting[0] if len(fitting) == 1 else None


def subject_in(
    raw: str, key: PublicKey, expected: Expected, access_token: str | None, now: datetime
) -> str:
    """Whom the token is about; raises TokenRefused unless all of it holds."""
    try:
        token = jwt.decode(raw, key, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError) as error:
        raise TokenRefused("signature") from error
    _check(token.claims, token.header, expected, access_token, now)
    subject = token.claims.get(expected.subject_claim)
    if not isinstance(subject, str) or not 1 <= len(subject) <= SUBJECT_CHARACTERS_LIMIT:
        raise TokenRefused("subject")
    return subject


def _check(
    claims: Mapping[str, Any],
    header: Mapping[str, Any],
    expected: Expected,
    access_token: str | None,
    now: datetime,
) -> None:
    now_s = int(now.timestamp())
    if claims.get("iss") != expected.issuer:
        raise TokenRefused("issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if expected.client_id not in audiences:
        raise TokenRefused("audience")
    if len(audiences) > 1 and claims.get("azp") != expected.client_id:
        raise TokenRefused("azp")
    if claims.get("nonce") != expected.nonce:
        raise TokenRefused("nonce")
    made_at, until = claims.get("iat"), claims.get("exp")
    if not isinstance(until, int | float) or until <= now_s - LEEWAY_S:
        raise TokenRefused("expired")
    if not isinstance(made_at, int | float) or not -LEEWAY_S <= now_s - made_at <= AGE_S_LIMIT:
        raise TokenRefused("age")
    # And all that the standard asks beside: azp alone, nbf, at_hash, and the form of the rest.
    params = {
        "client_id": expected.client_id,
        "nonce": expected.nonce,
        "access_token": access_token,
    }
    try:
        CodeIDToken(claims, header, params=params).validate(now=now_s, leeway=LEEWAY_S)
    except (JoseError, TypeError, ValueError) as error:
        raise TokenRefused("claims") from error
