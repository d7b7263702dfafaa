# SPDX-License-Identifier: Apache-2.0
"""The HTTPS line where the parent wants a certificate of its children: shown, of another, none."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from bavn.runtime import clock
from bavn.runtime.peers import https_words as words
from bavn.runtime.peers.certificates import make_authority, make_certificate
from bavn.runtime.peers.https_line import HttpsLine
from bavn.runtime.peers.https_way import Address
from bavn.runtime.peers.lines_file import Child
from bavn.runtime.web.serving import Line as ServedLine
from bavn.runtime.web.serving import _config
from tests.runtime.peers.https_net import HERE, HttpsNet, Served
from tests.runtime.peers.line_contract import CENTRE, EAST

pytestmark = [pytest.mark.story, pytest.mark.slow]
UP_S, NOT_UP_S, EACH_S = 10.0, 1.0, 0.01


class Asking:
    """A parent that asks for certificates: as `bavn serve` does it, or as a proxy before it."""

    def __init__(self, path: Path, how: str) -> None:
        self.path, self.how = path, how
        self.net = HttpsNet(path, (CENTRE, EAST))
        self.parent = HttpsLine(self.net.own(CENTRE), children=[Child(node=EAST)])
        self.served: Served | None = None

    async def start(self) -> None:
        more: dict[str, Any] = {"ssl_ca_certs": str(self.net.ca_file)}
        if self.how == "serve":
            line = ServedLine(
                certificate=self.net.certificate[0],
                certificate_key=self.net.certificate[1],
                client_authority=self.net.ca_file,
            )
            made: uvicorn.Config = _config(self.parent.app, line)  # type: ignore[arg-type]
            more = {"ssl_ca_certs": made.ssl_ca_certs, "ssl_cert_reqs": made.ssl_cert_reqs}
            self.parent.app.wants_certificate = True
        else:
            more["ssl_cert_reqs"] = ssl.CERT_REQUIRED
        self.served = Served(self.parent.app, self.net.port, self.net.certificate, **more)
        await self.served.start()
        await self.parent.open(self.hears)

    async def hears(self, letter: bytes) -> bytes | None:
        return letter[::-1]

    def shown(self, what: str) -> tuple[Path, Path] | tuple[None, None]:
        """The certificate that the child shows."""
        if what == "none":
            return None, None
        place = self.path / what
        place.mkdir()
        authority = self.path
        if what == "of another authority":
            make_authority(place, "elsewhere", clock.now())
            authority = place
        return make_certificate(authority, place, "east", (HERE,), clock.now())

    def address(self, what: str) -> Address:
        certificate, key = self.shown(what)
        return Address(
            node=CENTRE,
            url=f"https://{HERE}:{self.net.port}",
            ca_file=self.net.ca_file,
            certificate_file=certificate,
            certificate_key_file=key,
        )

    async def stop(self) -> None:
        await self.parent.close()
        assert self.served is not None
        await self.served.stop()


@pytest.mark.requirement("E5.6")
@pytest.mark.parametrize("how", ["serve", "proxy"])
@pytest.mark.parametrize("what", ["of the authority", "of another authority", "none"])
def test_only_a_child_with_a_certificate_of_the_authority_comes_in(
    tmp_path: Path, what: str, how: str
) -> None:
    async def story() -> None:
        asking = Asking(tmp_path, how)
        await asking.start()
        child = HttpsLine(asking.net.own(EAST), parent=asking.address(what))
        await child.open(asking.hears)
        try:
            is_good = what == "of the authority"
            assert await comes_up(child, UP_S if is_good else NOT_UP_S) is is_good
            if is_good:
                assert await child.ask(CENTRE, b"abc", 5.0) == b"cba"
        finally:
            await child.close()
            await asking.stop()

    asyncio.run(story())


async def comes_up(line: HttpsLine, within_s: float) -> bool:
    end_s = clock.seconds() + within_s
    while clock.seconds() < end_s and not line.is_up:  # noqa: ASYNC110 - it has no bell
        await asyncio.sleep(EACH_S)
    return line.is_up


def test_who_shows_none_is_answered_and_comes_no_further_than_that(tmp_path: Path) -> None:
    async def story() -> None:
        asking = Asking(tmp_path, "serve")
        await asking.start()
        believes = ssl.create_default_context(cafile=str(asking.net.ca_file))
        address = f"https://{HERE}:{asking.net.port}"
        try:
            async with httpx.AsyncClient(base_url=address, verify=believes) as visitor:
                for wants, status in ((True, words.NOT_PROVED), (False, words.OK)):
                    asking.parent.app.wants_certificate = wants
                    answer = await visitor.post(f"{words.PATH}/hello", headers={words.NODE: EAST})
                    assert answer.status_code == status
        finally:
            await asking.stop()

    asyncio.run(story())
