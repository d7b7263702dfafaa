# SPDX-License-Identifier: Apache-2.0
"""The post: beats and questions go out as letters, on whichever line works."""

import asyncio
from collections.abc import Sequence

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers.content import (
    Answer,
    Beat,
    NotUnderstood,
    Question,
    decode_answer,
    encode,
)
from bavn.runtime.peers.known import SILENT_S, Known
from bavn.runtime.peers.letter import BadLetter, Letters
from bavn.runtime.peers.line import Line, Unreachable

ANSWER_S = 10.0
# A line on which nobody is heard is made anew, and then given time to come up.
DOUBT_AGAIN_S, DOUBT_AT_MOST_S = 4.0, 60.0


_QUESTION_BYTES = 6


class Post:
    """The lines of one node, and who was heard on them."""

    def __init__(self, letters: Letters, lines: Sequence[Line]) -> None:
        self.letters = letters
        self.lines = tuple(lines)
        now_s = clock.seconds()
        self._heard_s = {line.name: now_s for line in lines}
        self._doubted_s = dict(self._heard_s)
        # Not foreseen, so that no answer of an earlier run is taken for one of this.
        self._question = int.from_bytes(clock.entropy(_QUESTION_BYTES))
        self._patience_s = {line.name: DOUBT_AGAIN_S for line in lines}
        # Those who wait for a node's answer.
        self._waits: dict[NodeId, list[asyncio.Timeout]] = {}

    def heard(self, known: Known, way: str) -> None:
        """A node was heard on a line."""
        now_s = self._heard_s[way] = clock.seconds()
        known.heard(way, now_s)

    def line_to(self, known: Known) -> Line:
        """The way on which the node was last heard, else the first that is up, else any."""
        if not self.lines:
            raise Unreachable("this node has no line")
        last = [line for line in self.lines if line.name == known.way]
        # A line that has lost its nearest post may still reach those on this side of it.
        up = [line for line in self.lines if line.is_up]
        return (last or up or list(self.lines))[0]

    async def tell(self, line: Line, to: NodeId, beat: Beat) -> bool:
        """Send a beat; False when it is known not to go."""
        try:
            await line.tell(to, self.letters.seal(to, encode(beat)))
        except (Unreachable, BadLetter):
            return False
        return True

    async def ask(self, known: Known, question: Question) -> Answer:
        """The answer to a question; Unreachable, BadLetter or NotUnderstood when there is none."""
        line = self.line_to(known)
        letter = self.letters.seal(known.node, encode(question))
        opened = self.letters.open(await self._wait(line, known, letter))
        answer = decode_answer(opened.content)
        if opened.sender != known.node or answer.question != question.question:
            raise NotUnderstood("an answer to another question")
        self.heard(known, line.name)
        return answer

    async def _wait(self, line: Line, known: Known, letter: bytes) -> bytes:
        waits = self._waits.setdefault(known.node, [])
        try:
            async with asyncio.timeout(None) as patience:
                waits.append(patience)
                try:
                    return await line.ask(known.node, letter, ANSWER_S)
                finally:
                    waits.remove(patience)
        except TimeoutError:
            raise Unreachable("the question or its answer was lost") from None

    def give_up(self, node: NodeId) -> None:
        """Have whoever waits for a node's answer ask again: letters between us were lost.

        Else the answer to a letter that was lost with the line is waited for to the end, while the
        line is back and the node is heard.
        """
        for patience in self._waits.get(node, ()):
            if not patience.expired():
                patience.reschedule(asyncio.get_running_loop().time())

    def next_question(self) -> int:
        """A number that no other question of this run bears."""
        self._question += 1
        return self._question

    def doubt_dead_lines(self, above: Known | None) -> None:
        """Have a line made anew on which nobody was heard: it may be cut without saying so.

        Also when others are heard on it and the node above is not: between it and us the line may
        be another than between the others and us.
        """
        now_s = clock.seconds()
        for line in self.lines:
            is_quiet = now_s - self._heard_s[line.name] > SILENT_S
            lost_above = above is not None and above.way == line.name and above.is_silent(now_s)
            if not (is_quiet or lost_above):
                self._patience_s[line.name] = DOUBT_AGAIN_S
            elif now_s - self._doubted_s[line.name] > self._patience_s[line.name]:
                self._doubted_s[line.name] = now_s
                # Whoever is away for long should not cost the others their line each time.
                patience_s = self._patience_s[line.name] * 2
                self._patience_s[line.name] = min(patience_s, DOUBT_AT_MOST_S)
                line.doubt()

    async def close(self) -> None:
        """Let go of all lines."""
        for line in self.lines:
            await line.close()


NO_ANSWER = (Unreachable, BadLetter, NotUnderstood)
