# SPDX-License-Identifier: Apache-2.0
"""A network of byte messages that loses, delays, repeats, reorders and cuts, and a forger on it.

Each direction of each pair of nodes is a link of its own. Who listens on every wire sees each
message as it is handed to the network. What the forger makes of one is delivered besides it, never
in its place.
"""

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nacl.signing import SigningKey

from bavn.journal.chain import ChannelName, Segment, sign_head
from bavn.kernel.audience import Audience
from bavn.kernel.identity import NodeId
from bavn.kernel.refusal import BadInput
from tests.lilleland.nodes import WORLD

FORGED = b"forged-by-nobody"
"""What the forger writes into the facts that it alters, as long as what it writes over."""

_OVERWRITTEN = b'"function":"'
_STRANGERS_KEY = SigningKey(b"a key that belongs to no node at")


@dataclass(frozen=True, slots=True)
class Message:
    """Some bytes on their way."""

    sender: NodeId
    receiver: NodeId
    data: bytes
    forged: bool = False


@dataclass(slots=True)
class Link:
    """One direction between two nodes."""

    loss: float = 0.0
    repeat: float = 0.0
    delay_ms: int = 0
    cut: bool = False


class Network:
    """All links, what is under way, and all that was ever sent."""

    def __init__(self, chance: random.Random, nodes: Sequence[NodeId]) -> None:
        self._chance = chance
        self._nodes = tuple(nodes)
        self.links = {(a, b): Link() for a in nodes for b in nodes if a != b}
        self.forgery = 0.0
        self.forged_count = 0
        self._under_way: list[tuple[int, int, Message]] = []
        self._number = 0

    def unsettle(self) -> None:
        """Give every link a new temper, and the forger too."""
        chance = self._chance
        for link in self.links.values():
            link.loss = chance.choice((0.0, 0.0, 0.1, 0.4))
            link.repeat = chance.choice((0.0, 0.1, 0.4))
            link.delay_ms = chance.choice((0, 200, 5_000, 120_000))
            link.cut = chance.random() < 0.15
        self.forgery = chance.choice((0.0, 0.05, 0.2))

    def part(self) -> None:
        """Cut one node off from the others, in one direction or both."""
        alone, way = self._chance.choice(self._nodes), self._chance.randrange(3)
        for (sender, receiver), link in self.links.items():
            if (sender == alone and way != 1) or (receiver == alone and way != 0):
                link.cut = True

    def silence(self, node: NodeId) -> None:
        """Cut all links of a node."""
        for pair, link in self.links.items():
            link.cut |= node in pair

    def heal(self) -> None:
        """Put every link in order, and send the forger home."""
        for pair in self.links:
            self.links[pair] = Link()
        self.forgery = 0.0

    def send(self, message: Message, now_ms: int) -> None:
        """Hand bytes to the network; what becomes of them is chance."""
        link, chance = self.links[message.sender, message.receiver], self._chance
        if chance.random() < self.forgery:
            self._put(self._forge(message), now_ms, link)
        if link.cut or chance.random() < link.loss:
            return
        self._put(message, now_ms, link)
        while chance.random() < link.repeat:
            self._put(message, now_ms, link)

    def arriving(self, now_ms: int) -> Iterator[Message]:
        """Give what arrives by now, in the order of arrival."""
        while self._under_way and self._under_way[0][0] <= now_ms:
            yield heapq.heappop(self._under_way)[2]

    def forget(self, sender: NodeId) -> None:
        """Lose what a node has under way: setting up a machine anew takes longer than any delay."""
        self._under_way = [each for each in self._under_way if each[2].sender != sender]
        heapq.heapify(self._under_way)

    def _put(self, message: Message, now_ms: int, link: Link) -> None:
        self._number += 1
        at_ms = now_ms + self._chance.randint(0, link.delay_ms)
        heapq.heappush(self._under_way, (at_ms, self._number, message))

    # The forger

    def _forge(self, message: Message) -> Message:
        self.forged_count += 1
        chance, data = self._chance, message.data
        sort, _, rest = data.partition(b"\n")
        how = chance.choice(("flip", "cut", "redirect", "alter", "alter", "sign", "rename"))
        receiver = message.receiver
        if how == "redirect":
            receiver = chance.choice([node for node in self._nodes if node != message.sender])
        elif how == "flip" and data:
            at = chance.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        elif how == "cut":
            data = data[: chance.randrange(len(data) + 1)]
        elif sort == b"segment":
            data = b"segment\n" + self._altered(rest, how)
        return Message(message.sender, receiver, data, forged=True)

    def _altered(self, raw: bytes, how: str) -> bytes:
        try:
            segment = Segment.from_bytes(raw)
        except BadInput:
            return raw
        segment = replace(segment, facts=tuple(map(_overwritten, segment.facts)))
        if how == "rename":
            audience = self._chance.choice(("nation", "area:eastern", "to:port"))
            renamed = ChannelName(segment.channel.node, 1, Audience(audience))
            segment = replace(segment, channel=renamed)
        if how == "sign":
            signature = sign_head(
                _STRANGERS_KEY, WORLD, segment.channel, segment.last, segment.hashes()[-1]
            )
            segment = replace(segment, signature=signature)
        return segment.to_bytes()


def _overwritten(fact: bytes) -> bytes:
    """Give the fact with the function of who told it put in the forger's words."""
    before, found, after = fact.partition(_OVERWRITTEN)
    _, quote, rest = after.partition(b'"')
    return before + found + FORGED + quote + rest
