# SPDX-License-Identifier: Apache-2.0
"""Hearing out the processes that a demonstration starts: all to a file, troubles to a person."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

from bavn.node.terminal import Terminal
from bavn.runtime.folder import make_private_file


class Listening:
    """What the children log goes to a file; what a person must know, to the terminal too."""

    def __init__(self, path: Path, terminal: Terminal) -> None:
        make_private_file(path)
        self._file = path.open("w", encoding="utf-8")
        self._terminal = terminal

    def to(self, stream: IO[str]) -> None:
        """Hear a child out, in a thread of its own."""
        threading.Thread(target=self._hear, args=(stream,), daemon=True).start()

    def close(self) -> None:
        """Let go of the file; what is heard after that is left."""
        self._file.close()

    def take(self, line: str) -> None:
        """Take in a line that a child has logged."""
        self._file.write(line)
        self._file.flush()
        self._tell(line)

    def _hear(self, stream: IO[str]) -> None:
        with suppress(ValueError):
            for line in stream:
                self.take(line)

    def _tell(self, line: str) -> None:
        try:
            said = msgspec.json.decode(line, type=_Said)
        except msgspec.MsgspecError:
            # No event: an error of the interpreter, or a refusal in words.
            self._terminal.trouble(line.rstrip())
            return
        texts = self._terminal.texts
        if said.event == "play.behind":
            count = f"{said.waiting}"
            self._terminal.trouble(
                texts("play.behind", late=texts.lasting(said.seconds), count=count),
                texts("play.behind_do"),
            )
        elif said.level == "error":
            self._terminal.trouble(texts("play.broken", event=said.event, file=self._file.name))


class _Said(msgspec.Struct, frozen=True):
    """What is looked at of an event in the log."""

    event: str
    level: str = ""
    seconds: int = 0
    waiting: int = 0
