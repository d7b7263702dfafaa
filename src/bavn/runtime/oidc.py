# SPDX-License-Identifier: Apache-2.0
"""A provider that people may sign in with, by OpenID Connect with PKCE.

Nothing here is needed for signing in by name and password: when the provider is gone, people are
told so within seconds, and come in the other way.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
from authlib.oauth2.rfc7636 import (  # type: ignore[import-untyped] # has no types
    create_s256_code_challenge,
)
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bavn.kernel.refusal import Refused
from bavn.runtime import clock
from bavn.runtime.log import log
from bavn.runtime.oidc_settings import Settings, is_private_address
from bavn.runtime.oidc_token import Expected, PublicKey, TokenRefused, head_of, key_for, subject_in
from bavn.runtime.sessions import chance

CONNECT_S, READ_S = 3.0, 5.0
# All questions of one step together; a person waits for it.
STEP_S = 8.0
# How long what a provider says of itself is believed without a look.
KEPT_S = 3600.0
ANSWER_BYTES_LIMIT = 256 * 1024
WELL = 200
DISCOVERY = "/.well-known/openid-configuration"

GONE = Refused(
    code="provider_gone",
    says="The provider does not answer.",
    try_instead="Sign in with name and password, or try again in a little while.",
)


class _Discovered(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str
    access_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One person's way to the provider and back, and where it leads afterwards."""

    state: str
    nonce: str
    verifier: str
    back: str
    onward: str


class _Unanswered(Exception):
    """The provider did not answer, or not as it should."""


class Provider:
    """One provider, with what it has said of itself lately."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._discovered: tuple[float, _Discovered] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def begin(self, back: str, onward: str) -> tuple[str, Try] | Refused:
        """Where to send the browser, and what to know when it comes back to the address `back`."""
        made = Try(state=chance(), nonce=chance(), verifier=chance(), back=back, onward=onward)
        try:
            async with asyncio.timeout(STEP_S), self._client() as client:
                found = await self._discover(client)
        except (_Unanswered, TimeoutError):
            return GONE
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": made.state,
            "nonce": made.nonce,
            "code_challenge": create_s256_code_challenge(made.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in found.authorization_endpoint else "?"
        return f"{found.authorization_endpoint}{joint}{urlencode(asked)}", made

    async def finish(self, made: Try, said: Mapping[str, str]) -> str | Refused:
        """Whom the provider says it is, after the browser came back with what it `said`."""
        try:
            async with asyncio.timeout(STEP_S), self._client() as client:
                return await self._subject(client, made, said)
        except (_Unanswered, TimeoutError):
            return GONE
        except TokenRefused as refused:
            log("oidc.refused", reason=refused.reason)
            return Refused(
                code="provider_not_believed",
                says=f"What the provider said is not believed: {refused.reason}.",
                try_instead="Try again; tell the one who runs the machine, if it happens again.",
                values={"reason": refused.reason},
            )

    async def _subject(self, client: httpx.AsyncClient, made: Try, said: Mapping[str, str]) -> str:
        found = await self._discover(client)
        iss = said.get("iss")
        if (iss or found.authorization_response_iss_parameter_supported) and iss != found.issuer:
            # Another provider's answer that was put in our way: RFC 9207.
            raise TokenRefused("issuer")
        if "error" in said or not said.get("code"):
            # Whoever went there changed their mind, or was not let through.
            raise TokenRefused("declined")
        tokens = await self._exchanged(client, found, made, said["code"])
        head = head_of(tokens.id_token)
        expected = Expected(
            issuer=self.settings.issuer,
            client_id=self.settings.client_id,
            nonce=made.nonce,
            subject_claim=self.settings.subject_claim,
        )
        key = key_for(head, await self._key_set(client, found))
        if key is None:
            # A provider changes its keys now and then; asked anew once, and no more.
            key = key_for(head, await self._key_set(client, found, anew=True))
        if key is None:
            raise TokenRefused("key")
        return _believed(tokens, key, expected)

    async def _exchanged(
        self, client: httpx.AsyncClient, found: _Discovered, made: Try, code: str
    ) -> _Tokens:
        settings = self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": made.back,
            "code_verifier": made.verifier,
        }
        auth = None
        if "client_secret_basic" in found.token_endpoint_auth_methods_supported:
            # Each half is encoded first: RFC 6749 §2.3.1.
            auth = httpx.BasicAuth(quote(settings.client_id, ""), quote(settings.secret(), ""))
        else:
            form |= {"client_id": settings.client_id, "client_secret": settings.secret()}
        request = client.build_request("POST", found.token_endpoint, data=form)
        status, raw = await _asked(client, request, auth)
        if status != WELL:
            raise TokenRefused("code")
        try:
            return msgspec.json.decode(raw, type=_Tokens)
        except msgspec.DecodeError as error:
            raise TokenRefused("answer") from error

    async def _discover(self, client: httpx.AsyncClient) -> _Discovered:
        if self._discovered is not None and clock.seconds() - self._discovered[0] < KEPT_S:
            return self._discovered[1]
        address = self.settings.issuer.rstrip("/") + DISCOVERY
        raw = await _got(client, address)
        try:
            found = msgspec.json.decode(raw, type=_Discovered)
        except msgspec.DecodeError as error:
            raise _Unanswered from error
        led_to = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        if found.issuer != self.settings.issuer or not all(map(is_private_address, led_to)):
            log("oidc.discovery_refused")
            raise _Unanswered
        self._discovered = (clock.seconds(), found)
        return found

    async def _key_set(
        self, client: httpx.AsyncClient, found: _Discovered, *, anew: bool = False
    ) -> KeySet:
        if not anew and self._keys is not None and clock.seconds() - self._keys[0] < KEPT_S:
            return self._keys[1]
        raw = await _got(client, found.jwks_uri)
        try:
            said: Any = msgspec.json.decode(raw)
            keys = KeySet.import_key_set(said)
        except (msgspec.DecodeError, JoseError, ValueError, TypeError, KeyError) as error:
            raise _Unanswered from error
        self._keys = (clock.seconds(), keys)
        return keys

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            follow_redirects=False,
            # What stands in the environment is for other programs.
            trust_env=False,
            verify=_trusted(self.settings.ca_file),
        )


def _trusted(ca_file: str) -> Any:
    if not ca_file:
        return True

    return ssl.create_default_context(cafile=ca_file)


def _believed(tokens: _Tokens, key: PublicKey, expected: Expected) -> str:
    return subject_in(tokens.id_token, key, expected, tokens.access_token, clock.now())


async def _got(client: httpx.AsyncClient, address: str) -> bytes:
    status, raw = await _asked(client, client.build_request("GET", address), None)
    if status != WELL:
        raise _Unanswered
    return raw


async def _asked(
    client: httpx.AsyncClient, request: httpx.Request, auth: httpx.BasicAuth | None
) -> tuple[int, bytes]:
    """The status and the body of an answer, never more of it than its limit."""
    try:
        response = await client.send(request, auth=auth, stream=True)
        try:
            raw = b""
            async for part in response.aiter_bytes():
                raw += part
                if len(raw) > ANSWER_BYTES_LIMIT:
                    raise _Unanswered
        finally:
            await response.aclose()
    except httpx.HTTPError as error:
        log("oidc.unanswered", error=type(error).__name__)
        raise _Unanswered from error
    return response.status_code, raw
