# SPDX-License-Identifier: Apache-2.0
"""Lines within one process: many nodes on one event loop, with links that can be cut and delayed.

Letters go along a tree, as they do on the lines between machines: from a node up to where the ways
meet, and down again. What goes from one node to another stays in order, and with the same links in
the same state everything comes in the same order each time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from bavn.kernel.identity import NodeId
from bavn.runtime.peers.hearing import Hearing, of_a_size
from bavn.runtime.peers.line import Hears, Unreachable

# Deeper trees than a country has.
DEPTH_LIMIT = 16
# What may be under way on one link: more is lost, as on a link that is too narrow.
UNDER_WAY_LIMIT = 4096
_NEXT_S = 1e-6


class Mode(StrEnum):
    """What a link does with letters."""

    PASS = "pass"  # noqa: S105 - the word for letting through
    CUT = "cut"
    # Letters go in and never come out, and nobody is told.
    SILENT = "silent"


@dataclass(slots=True)
class Link:
    """The link between a node and its parent."""

    mode: Mode = Mode.PASS
    delay_s: float = 0.0
    # Set while only a new connection would pass letters on.
    is_stranded: bool = False
    letter_count: int = 0
    letter_bytes: int = 0
    # Each way: until when what was sent earlier is under way, and how much that is.
    _due_s: dict[bool, float] = field(default_factory=dict)
    _under_way: dict[bool, int] = field(default_factory=dict)

    def carry(self, letter: bytes, *, upward: bool, on: Callable[[], None]) -> None:
        """Carry a letter over, then go `on`; Unreachable when the link is known to be cut."""
        if self.mode is Mode.CUT:
            raise Unreachable("the link is cut")
        if self.mode is Mode.SILENT or self.is_stranded:
            return
        self.letter_count += 1
        self.letter_bytes += len(letter)
        loop = asyncio.get_running_loop()
        due_s = max(loop.time() + self.delay_s, self._due_s.get(upward, 0.0) + _NEXT_S)
        under_way = self._under_way.get(upward, 0)
        if not self.delay_s and not under_way:
            on()
        elif under_way < UNDER_WAY_LIMIT:
            self._due_s[upward] = due_s
            self._under_way[upward] = under_way + 1
            loop.call_at(due_s, self._arrive, upward, on)

    def _arrive(self, upward: bool, on: Callable[[], None]) -> None:  # noqa: FBT001 - call_at's form
        self._under_way[upward] -= 1
        # What is on its way when a link is cut is lost with it.
        if self.mode is Mode.PASS and not self.is_stranded:
            # That it goes no further is known on the way only; who sent it has gone on.
            with suppress(Unreachable):
                on()


class Network:
    """The tree of nodes, and the links between them."""

    def __init__(self) -> None:
        self._parents: dict[NodeId, NodeId] = {}
        self._links: dict[NodeId, Link] = {}
        self._lines: dict[NodeId, MemoryLine] = {}
        self._dead: set[NodeId] = set()

    def join(self, node: NodeId, parent: NodeId) -> Link:
        """Put a node below another; the link between them."""
        self._parents[node] = parent
        return self._links.setdefault(node, Link())

    def link(self, node: NodeId) -> Link:
        """The link from a node to its parent."""
        return self._links[node]

    def line(self, node: NodeId) -> "MemoryLine":
        """A new line of a node; it takes the place of one that it had."""
        return MemoryLine(self, node)

    def kill(self, node: NodeId) -> None:
        """Let a node be gone: nothing passes it, and who waits there hears Unreachable."""
        self._dead.add(node)
        if node in self._lines:
            self._lines[node].end_waiting()

    def revive(self, node: NodeId) -> None:
        """Let it be back, with the line that it had."""
        self._dead.discard(node)

    def reaches(self, node: NodeId) -> bool:
        """True when the nearest post answers: the parent, or itself at the top."""
        if node in self._dead:
            return False
        parent = self._parents.get(node)
        if parent is None:
            return True
        link = self._links[node]
        return parent not in self._dead and link.mode is Mode.PASS and not link.is_stranded

    def put(self, node: NodeId, line: "MemoryLine | None") -> None:
        """Let this be a node's line from now on."""
        if line is None:
            self._lines.pop(node, None)
        else:
            self._lines[node] = line

    def renew(self, node: NodeId) -> None:
        """Make the connections of a node anew."""
        if node in self._links:
            self._links[node].is_stranded = False

    def carry(
        self, start: NodeId, end: NodeId, letter: bytes, arrive: Callable[["MemoryLine"], None]
    ) -> None:
        """Carry a letter along the tree; Unreachable where it is known not to go."""
        self._step(self._path(start, end), letter, arrive)

    def _step(
        self, path: list[NodeId], letter: bytes, arrive: Callable[["MemoryLine"], None]
    ) -> None:
        if path[0] in self._dead:
            raise Unreachable("a node on the way is gone")
        if len(path) == 1:
            line = self._lines.get(path[0])
            if line is None:
                raise Unreachable("nobody listens there")
            arrive(line)
            return
        upward = self._parents.get(path[0]) == path[1]
        link = self._links[path[0] if upward else path[1]]

        link.carry(letter, upward=upward, on=lambda: self._step(path[1:], letter, arrive))

    def _path(self, start: NodeId, end: NodeId) -> list[NodeId]:
        up, down = self._up(start), self._up(end)
        for index, node in enumerate(up):
            if node in down:
                return up[: index + 1] + down[: down.index(node)][::-1]
        raise Unreachable("there is no way there")

    def _up(self, node: NodeId) -> list[NodeId]:
        line = [node]
        while len(line) < DEPTH_LIMIT and line[-1] in self._parents:
            line.append(self._parents[line[-1]])
        return line


class MemoryLine:
    """A node's line in a network of one process."""

    name = "memory"

    def __init__(self, network: Network, node: NodeId) -> None:
        self.node = node
        self._network = network
        self._hearing = Hearing(self.name)
        self._waiting: set[asyncio.Future[bytes]] = set()
        self._is_open = False

    @property
    def is_up(self) -> bool:
        """True when the parent is reached."""
        return self._is_open and self._network.reaches(self.node)

    async def open(self, hears: Hears) -> None:
        """Begin to hear."""
        self._hearing.open(hears)
        self._network.put(self.node, self)
        self._is_open = True

    async def tell(self, to: NodeId, letter: bytes) -> None:
        """Send a letter that nobody waits for."""
        self._checked(letter)
        self._network.carry(self.node, to, letter, lambda line: line.take(letter, None))

    async def ask(self, to: NodeId, letter: bytes, timeout_s: float) -> bytes:
        """The other node's answer; Unreachable when there is none in time."""
        self._checked(letter)
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.add(answered)

        async def back(line: MemoryLine, said: bytes) -> None:
            def arrive(_: MemoryLine) -> None:
                if not answered.done():
                    answered.set_result(said)

            self._network.carry(line.node, self.node, said, arrive)

        def there(line: MemoryLine) -> None:
            line.take(letter, lambda said: back(line, said))

        try:
            self._network.carry(self.node, to, letter, there)
            async with asyncio.timeout(timeout_s):
                return await answered
        except TimeoutError:
            raise Unreachable("no answer in time") from None
        finally:
            self._waiting.discard(answered)

    def doubt(self) -> None:
        """Make the connection to the parent anew."""
        self._network.renew(self.node)

    async def close(self) -> None:
        """Hear no more, and let go of who waits."""
        self._is_open = False
        self._network.put(self.node, None)
        self.end_waiting()
        await self._hearing.close()

    def take(self, letter: bytes, answers: Callable[[bytes], Awaitable[None]] | None) -> None:
        """Hear a letter that came."""
        self._hearing.take(letter, answers)

    def end_waiting(self) -> None:
        """Tell who waits for an answer that there will be none."""
        for each in list(self._waiting):
            if not each.done():
                each.set_exception(Unreachable("the line is closed"))

    def _checked(self, letter: bytes) -> None:
        of_a_size(letter)
        if not self._is_open:
            raise Unreachable("the line is not open")
