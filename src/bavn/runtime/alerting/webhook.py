# SPDX-License-Identifier: Apache-2.0
"""A webhook: pager and SMS gateways, and whatever else takes a signed POST.

The body is JSON. `Bavn-Signature` is `v1=` and the hexadecimal HMAC-SHA256, under the shared
secret, of `Bavn-Timestamp`, a full stop and the body. Whoever receives it checks the signature,
refuses what is older than five minutes, and takes each `Idempotency-Key` once.
"""

import hmac
import ssl
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import httpx
import msgspec

from bavn.runtime import clock
from bavn.runtime.alerting.message import REFUSED, UNREACHABLE, Message, NotTaken

CONNECT_S, ANSWER_S = 3.0, 8.0
# Such an answer may be another one next time.
AGAIN = frozenset({408, 425, 429})
# It has had this number before.
HAD = 409
SUCCESS, CLIENT_FAULT, SERVER_FAULT = 200, 400, 500
REDIRECT = 300


class Webhook:
    """Posts alerts to one address; where the alert itself goes stands in its body."""

    def __init__(
        self, url: str, secret: str, ca_file: str = "", now: Callable[[], datetime] = clock.now
    ) -> None:
        self._url = url
        self._secret = secret.encode()
        self._now = now
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        # No proxy and no settings of the machine: an alert goes where the file says.
        self._client = httpx.AsyncClient(
            timeout=timeout, verify=_trust(url, ca_file), trust_env=False, follow_redirects=False
        )

    async def hand_over(self, message: Message) -> None:
        """Post it; taken when the answer says so, or that this number was taken before."""
        body = msgspec.json.encode({"id": message.id, "to": message.to, **message.fields})
        stamp = str(int(self._now().timestamp()))
        headers = {
            "content-type": "application/json",
            "bavn-timestamp": stamp,
            "bavn-signature": f"v1={signature(self._secret, stamp, body)}",
            "idempotency-key": message.id,
        }
        try:
            # Only the first line of the answer is read: there may be no end to the rest.
            async with self._client.stream(
                "POST", self._url, content=body, headers=headers
            ) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotTaken(UNREACHABLE, is_final=False) from error
        if SUCCESS <= status < REDIRECT or status == HAD:
            return
        is_final = CLIENT_FAULT <= status < SERVER_FAULT and status not in AGAIN
        raise NotTaken(REFUSED if is_final else UNREACHABLE, is_final=is_final)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def signature(secret: bytes, stamp: str, body: bytes) -> str:
    """What proves that a body is ours and when it was sent."""
    return hmac.new(secret, stamp.encode() + b"." + body, sha256).hexdigest()


def _trust(url: str, ca_file: str) -> ssl.SSLContext | bool:
    if not url.startswith("https:"):
        # This very machine: nothing is encrypted, and whom it trusts need not be read.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cafile=ca_file) if ca_file else True
