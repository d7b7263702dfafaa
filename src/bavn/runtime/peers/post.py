# SPDX-License-Identifier: Apache-2.0
"""The post: words and questions go out as letters, on whichever line works."""

from collections.abc import Sequence

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers.content import (
    Answer,
    NotUnderstood,
    Question,
    Word,
    decode_answer,
    encode,
)
from bavn.runtime.peers.known import SILENT_S, Known
from bavn.runtime.peers.letter import BadLetter, Letters
from bavn.runtime.peers.line import Line, Unreachable

ANSWER_S = 10.0
# A line on which nobody is heard is made anew, and then given time to come up.
DOUBT_AGAIN_S = 5.0


class Post:
    """The lines of one node, and who was heard on them."""

    def __init__(self, letters: Letters, lines: Sequence[Line]) -> None:
        self.letters = letters
        self.lines = tuple(lines)
        now_s = clock.seconds()
        self._heard_s = {line.name: now_s for line in lines}
        self._doubted_s = dict(self._heard_s)

    def heard(self, known: Known, way: str) -> None:
        """A node was heard on a line."""
        now_s = self._heard_s[way] = clock.seconds()
        known.heard(way, now_s)

    def line_to(self, known: Known) -> Line:
        """The way on which the node was last heard, else any that is up."""
        up = [line for line in self.lines if line.is_up]
        if not up:
            raise Unreachable("no line is up")
        return next((line for line in up if line.name == known.way), up[0])

    async def tell(self, line: Line, to: NodeId, word: Word) -> bool:
        """Send a word; False when it is known not to go."""
        if not line.is_up:
            return False
        try:
            await line.tell(to, self.letters.seal(to, encode(word)))
        except (Unreachable, BadLetter):
            return False
        return True

    async def ask(self, known: Known, question: Question) -> Answer:
        """The answer to a question; Unreachable, BadLetter or NotUnderstood when there is none."""
        line = self.line_to(known)
        letter = self.letters.seal(known.node, encode(question))
        opened = self.letters.open(await line.ask(known.node, letter, ANSWER_S))
        answer = decode_answer(opened.content)
        if opened.sender != known.node or answer.question != question.question:
            raise NotUnderstood("an answer to another question")
        self.heard(known, line.name)
        return answer

    def doubt_dead_lines(self) -> None:
        """Have a line made anew on which nobody was heard: it may be cut without saying so."""
        now_s = clock.seconds()
        for line in self.lines:
            is_quiet = now_s - self._heard_s[line.name] > SILENT_S
            if is_quiet and now_s - self._doubted_s[line.name] > DOUBT_AGAIN_S:
                self._doubted_s[line.name] = now_s
                line.doubt()

    async def close(self) -> None:
        """Let go of all lines."""
        for line in self.lines:
            await line.close()


NO_ANSWER = (Unreachable, BadLetter, NotUnderstood)
