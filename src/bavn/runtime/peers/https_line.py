# SPDX-License-Identifier: Apache-2.0
"""A line over HTTPS, for where there is no NATS.

Up to the parent, down to the children that hold a stream open, and blindly on between them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from litestar.handlers import ASGIRouteHandler, asgi

from bavn.kernel.identity import NodeId, World
from bavn.runtime.peers import https_words as words
from bavn.runtime.peers.hearing import Hearing, of_a_size
from bavn.runtime.peers.https_frames import Frame, Sort
from bavn.runtime.peers.https_post import HttpsPost, Session
from bavn.runtime.peers.https_way import Address, HttpsWay
from bavn.runtime.peers.line import Hears, Unreachable
from bavn.runtime.peers.lines_file import Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Who we are, in which world, and how nodes show that they are who they say."""

    node: NodeId
    world: World
    prove: words.Prove
    is_proof: words.IsProof


class HttpsLine:
    """A node's line over HTTPS; with children it has an application that the node must serve."""

    name = "https"

    def __init__(
        self,
        own: Own,
        *,
        parent: Address | None = None,
        children: Sequence[Child] = (),
        token: str = "",
    ) -> None:
        self.node = own.node
        self._own = own
        self._hearing = Hearing(self.name)
        self._parent = None
        if parent is not None:
            self._parent = HttpsWay(own.node, own.world, parent, own.prove, self._from_parent)
        self._post = HttpsPost(self, token=token)
        self._is_open = False
        self._toward: dict[NodeId, NodeId] = {}
        self.have_children(children)

    def have_children(self, children: Sequence[Child]) -> None:
        """From now on these are the children, and the nodes behind each."""
        self._toward = {node: each.node for each in children for node in each.behind}
        self._toward |= {each.node: each.node for each in children}

    @property
    def app(self) -> HttpsPost:
        """What answers below `/peers/v1`, as a plain ASGI application."""
        return self._post

    def handler(self) -> ASGIRouteHandler:
        """The same, to be mounted in the node's own application."""

        @asgi(
            words.PATH,
            is_mount=True,
            copy_scope=False,
            opt={"act": "public.peers", "proves_itself": True},
        )
        async def peers(scope: Any, receive: Any, send: Any) -> None:
            await self._post(scope, receive, send)

        return peers

    @property
    def is_up(self) -> bool:
        """True while the parent answers; who has none is its own nearest post."""
        return self._is_open and (self._parent is None or self._parent.is_up)

    async def open(self, hears: Hears) -> None:
        """Begin; connected or not, it is tried for as long as the line is open."""
        self._hearing.open(hears)
        self._is_open = self._post.is_open = True
        if self._parent is not None:
            self._parent.open()

    async def tell(self, to: NodeId, letter: bytes) -> None:
        """Send a letter that nobody waits for."""
        of_a_size(letter)
        await self._tell(to, None, letter)

    async def ask(self, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """The other node's answer; Unreachable when there is none in time."""
        of_a_size(letter)
        return await self._ask(to, None, letter, timeout_s)

    def doubt(self) -> None:
        """Make the connections to the parent anew; a child makes its own."""
        if self._parent is not None:
            self._parent.doubt()

    async def close(self) -> None:
        """Let go of the parent and of every child."""
        self._is_open = False
        self._post.close()
        if self._parent is not None:
            await self._parent.close()
        await self._hearing.close()

    # Which way

    def _next(self, to: NodeId, came: NodeId | None) -> Session | HttpsWay:
        """The child on the way to a node, or the parent; never back where a letter came from."""
        if not self._is_open:
            raise Unreachable("the line is not open")
        child = self._toward.get(to)
        if child is not None and child != came:
            return self._post.session(child)
        if child is None and self._parent is not None and came != self._parent.node:
            return self._parent
        raise Unreachable("there is no way there")

    async def _tell(self, to: NodeId, came: NodeId | None, letter: bytes) -> None:
        way = self._next(to, came)
        if isinstance(way, Session):
            way.put(Frame(sort=Sort.TELL, to=to, letter=letter))
        else:
            await way.tell(to, letter)

    async def _ask(self, to: NodeId, came: NodeId | None, letter: bytes, timeout_s: float) -> bytes:
        return await self._next(to, came).ask(to, letter, timeout_s)

    # What comes from children: see https_post.Routes

    def proved(self, child: NodeId, challenge: bytes, proof: bytes) -> bool:
        """True when it is a child of ours, and has shown that it is."""
        text = words.to_be_proved(self._own.world, self.node, child, challenge)
        return self._toward.get(child) == child and self._own.is_proof(child, text, proof)

    def take_tell(self, child: NodeId, to: NodeId, letter: bytes) -> bool:
        """Take a child's letter on."""
        if to == self.node:
            return self._hearing.take(letter)
        # Known not to go: said now, while the child still listens.
        self._next(to, child)
        return self._hearing.take(letter, hears=partial(self._tell, to, child))

    async def take_ask(self, child: NodeId, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """The answer to a child's letter."""
        if to != self.node:
            return await self._ask(to, child, letter, timeout_s)
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def answers(said: bytes) -> None:
            if not answered.done():
                answered.set_result(said)

        if not self._hearing.take(letter, answers):
            raise Unreachable("too much is in hand here")
        try:
            async with asyncio.timeout(timeout_s):
                return await answered
        except TimeoutError:
            raise Unreachable("no answer in time") from None

    # What comes from the parent

    def _from_parent(self, frame: Frame) -> None:
        parent = self._parent
        assert parent is not None, "it is the parent who said it"
        is_ours = frame.to == self.node
        if frame.sort is Sort.TELL:
            passes = None if is_ours else partial(self._tell, frame.to, parent.node)
            self._hearing.take(frame.letter, hears=passes)
        else:
            answers = partial(parent.answer, frame.number)
            asks = None if is_ours else partial(self._pass_ask, parent, frame)
            self._hearing.take(frame.letter, answers, asks)

    async def _pass_ask(self, parent: HttpsWay, frame: Frame, letter: bytes) -> bytes | None:
        try:
            return await self._ask(frame.to, parent.node, letter, frame.timeout_ms / 1000)
        except Unreachable:
            # So that who asked need not wait for it.
            await parent.answer(frame.number, None)
            return None
