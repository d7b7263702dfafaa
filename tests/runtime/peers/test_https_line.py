# SPDX-License-Identifier: Apache-2.0
"""Lines over a real uvicorn keep the promises of lines; nobody comes in who cannot prove it."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from nacl.signing import SigningKey

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers import https_post
from bavn.runtime.peers import https_words as words
from bavn.runtime.peers.https_frames import BEAT, Frame, Garbled, Reading, Sort
from bavn.runtime.peers.https_line import HttpsLine
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT, Unreachable
from bavn.runtime.peers.lines_file import Child
from bavn.runtime.web.door import BODY_BYTES_LIMIT
from tests.runtime.peers.https_net import HERE, HttpsNet, Served, https_net
from tests.runtime.peers.line_contract import (
    CENTRE,
    EAST,
    NODES,
    WEST,
    WORLD,
    Ears,
    Opened,
    WireContract,
    run,
    unreachable,
)
from tests.runtime.web.house import house

FAR = NodeId("far")


def client(net: HttpsNet) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"https://{HERE}:{net.port}", verify=net.address(0).tls(), trust_env=False
    )


@pytest.mark.contract
@pytest.mark.slow
@pytest.mark.story
class TestHttpsLine(WireContract):
    """The contract, and what is HTTPS' own."""

    def net(self, path: Path) -> AbstractAsyncContextManager[HttpsNet]:
        return https_net(path)

    def test_nobody_comes_in_who_cannot_prove_who_it_is(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            net = opened.net
            async with client(net) as stranger:

                async def knock(name: str, key: SigningKey, to: NodeId = CENTRE) -> int:
                    named = {words.NODE: name}
                    said = await stranger.post(f"{words.PATH}/hello", headers=named)
                    text = words.to_be_proved(WORLD, to, NodeId(name), said.content)
                    named[words.CHALLENGE] = said.content.hex()
                    named[words.PROOF] = key.sign(text).signature.hex()
                    path = f"{words.PATH}/stream"
                    async with stranger.stream("POST", path, headers=named) as stream:
                        first = stream.status_code
                    # Each challenge counts once.
                    again = await stranger.post(path, headers=named)
                    assert again.status_code == words.NOT_PROVED
                    return first

                stolen = SigningKey(clock.entropy(32))
                assert await knock("east", stolen) == words.NOT_PROVED
                assert await knock("east", net.keys[WEST]) == words.NOT_PROVED
                # What was signed for another parent is no use here, and who is no child stays out.
                assert await knock("east", net.keys[EAST], WEST) == words.NOT_PROVED
                assert await knock("centre", net.keys[CENTRE]) == words.NOT_PROVED
                assert await knock("east", net.keys[EAST]) == words.OK
            await opened.goes_on()

        self.told(tmp_path, story)

    def test_without_a_session_nothing_is_taken(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            async with client(opened.net) as stranger:
                for word in ("tell", "ask", "answer"):
                    for session in ("", "00" * words.KEY_BYTES, "no hex"):
                        headers = {words.NODE: "east", words.SESSION: session, words.TO: "centre"}
                        path = f"{words.PATH}/{word}"
                        said = await stranger.post(path, headers=headers, content=b"letter")
                        assert said.status_code == words.UNKNOWN_SESSION
            assert opened.ears[CENTRE].heard == []

        self.told(tmp_path, story)

    def test_a_letter_that_is_too_large_is_not_read(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            way = opened.net.lines[EAST]._parent
            headers = {
                words.NODE: EAST,
                words.SESSION: way._session.hex(),
                words.TO: CENTRE,
                "connection": "close",
            }
            async with client(opened.net) as large:
                content = bytes(LETTER_BYTES_LIMIT + 1)
                said = await large.post(f"{words.PATH}/tell", headers=headers, content=content)
                assert said.status_code == words.TOO_LARGE
            await opened.goes_on()

        self.told(tmp_path, story)

    def test_a_letter_for_a_child_that_does_not_keep_up_is_dropped(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(https_post, "WAITING_BYTES_LIMIT", 100_000)

        async def story(opened: Opened) -> None:
            async def much() -> None:
                for _ in range(1000):
                    await opened.net.line(CENTRE).tell(EAST, bytes(50_000))

            opened.net.strand()
            with pytest.raises(Unreachable):
                await much()
            await opened.net.line(CENTRE).tell(WEST, b"there?")
            await opened.goes_on()

        self.told(tmp_path, story)

    def test_who_is_behind_a_child_is_reached_through_it(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            net, ears = opened.net, Ears(FAR)
            net.keys[FAR] = SigningKey(clock.entropy(32))
            # West has a child of its own, which centre and east reach without knowing its address.
            net.lines[CENTRE].have_children(
                [Child(node=EAST), Child(node=WEST, behind=(FAR, NodeId("gone")))]
            )
            net.lines[WEST].have_children([Child(node=FAR), Child(node=NodeId("gone"))])
            served = Served(net.lines[WEST].app, net.west_port, net.certificate)
            address = net.address(net.west_port, WEST)
            line = HttpsLine(net.own(FAR), parent=address)
            await served.start()
            await line.open(ears)
            try:
                net.lines[FAR] = line
                await opened.reached(EAST, FAR)
                for node in NODES:
                    assert await opened.ask(FAR, node, b"up") == node.encode() + b" heard up"
                    assert await opened.ask(node, FAR, b"down") == b"far heard down"
                    await opened.net.line(node).tell(FAR, b"told")
                    # Long before its time is out, from whoever knows.
                    assert await unreachable(opened.ask(node, NodeId("gone"), b"?", 30)) < 15
            finally:
                await line.close()
                await served.stop()

        self.told(tmp_path, story)

    def test_a_parent_may_want_a_token_beside_the_proof(self, tmp_path: Path) -> None:
        async def story(opened: Opened) -> None:
            opened.net.lines[CENTRE].app._token = "for children"
            opened.net.lines[EAST].doubt()
            await asyncio.sleep(0.3)
            await unreachable(opened.ask(EAST, CENTRE, b"there?", 1))
            opened.net.lines[CENTRE].app._token = ""
            await opened.goes_on()

        self.told(tmp_path, story)


@pytest.mark.story
def test_it_is_served_beside_the_nodes_own_pages(tmp_path: Path) -> None:
    async def story() -> None:
        net, ears = HttpsNet(tmp_path), {CENTRE: Ears(CENTRE), EAST: Ears(EAST)}
        centre = HttpsLine(net.own(CENTRE), children=[Child(node=EAST)])
        east = HttpsLine(net.own(EAST), parent=net.address(net.port))
        async with house(tmp_path, [centre.handler()]) as own:
            served = Served(own.door, net.port, net.certificate)
            await served.start()
            await centre.open(ears[CENTRE])
            await east.open(ears[EAST])
            net.lines = {CENTRE: centre, EAST: east}
            opened = Opened(net)
            try:
                await opened.reached(EAST, CENTRE)
                # More than people may send.
                large = bytes(2 * BODY_BYTES_LIMIT)
                assert (await opened.ask(EAST, CENTRE, large, 20)).endswith(large)
                assert (await opened.ask(CENTRE, EAST, large, 20)).endswith(large)
                async with client(net) as stranger:
                    page = await stranger.post("/sign-in", data={"name": "x", "password": "y"})
                    # What people send is guarded as it was.
                    assert page.status_code == 403
            finally:
                await east.close()
                await centre.close()
                await served.stop()

    run(story())


def test_frames_are_read_in_pieces_of_any_size() -> None:
    frames = [
        Frame(sort=Sort.SESSION, letter=bytes(32)),
        Frame(sort=Sort.TELL, to=EAST, letter=b"told"),
        Frame(sort=Sort.ASK, to=FAR, letter=b"", number=2**63, timeout_ms=1500),
    ]
    raw = BEAT + b"".join(each.raw() for each in frames)
    for size in range(1, len(raw) + 1):
        reading, found = Reading(), []
        for at in range(0, len(raw), size):
            found += reading.take(raw[at : at + size])
        assert [each for each in found if each.sort is not Sort.BEAT] == frames


@pytest.mark.parametrize(
    "raw",
    [
        b"\x09" + bytes(17),
        Frame(sort=Sort.TELL, to=NodeId("../up"), letter=b"x").raw(),
        b"\x02" + bytes(12) + b"\x00" + (LETTER_BYTES_LIMIT + 1).to_bytes(4),
        b"\x02" + bytes(12) + b"\xff" + bytes(4),
    ],
    ids=["sort", "name", "letter", "name-length"],
)
def test_what_is_no_frame_is_not_read_as_one(raw: bytes) -> None:
    with pytest.raises(Garbled):
        Reading().take(raw)
