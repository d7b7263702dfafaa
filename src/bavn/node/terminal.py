# SPDX-License-Identifier: Apache-2.0
"""The person at the terminal: lines on standard output, troubles and progress on standard error."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import which

from bavn.kernel.refusal import Refused
from bavn.runtime.texts import Texts

# Progress is told when it has grown by this share; more often only flickers.
PROGRESS_STEPS = 200


class Terminal:
    """Where a command says what it has to say."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self._shows_progress = sys.stderr.isatty()
        self._last_step = -1

    def line(self, text: str = "") -> None:
        """A line as it is."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def say(self, name: str, /, **values: object) -> None:
        """A line by the name of its text."""
        self.line(self.texts(name, **values))

    def refuse(self, refused: Refused) -> None:
        """What was refused, and what to do instead."""
        says, try_instead = self.texts.refusal(refused)
        self.trouble(says, try_instead)

    def trouble(self, says: str, try_instead: str = "") -> None:
        """Something that keeps the command from its work."""
        self._end_progress()
        sys.stderr.write(self.texts("cli.trouble", says=says) + "\n")
        if try_instead:
            sys.stderr.write(self.texts("cli.do", what=try_instead) + "\n")

    def progress(self, done: int, of: int, says: str = "") -> None:
        """How far long work has come, in its own words; shown only where somebody watches."""
        if not self._shows_progress or of <= 0:
            return
        step = min(done, of) * PROGRESS_STEPS // of
        if step != self._last_step:
            self._last_step = step
            told = says or self.texts("cli.progress", done=done, of=of)
            sys.stderr.write(f"\r{told}\x1b[K")
            sys.stderr.flush()

    def done(self) -> None:
        """The long work is over: its line of progress goes away."""
        self._end_progress()

    def _end_progress(self) -> None:
        if self._last_step >= 0:
            self._last_step = -1
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def shown(texts: Texts, values: Mapping[str, str | float]) -> dict[str, str]:
    """Values in words: `age_s` becomes `age`, a stretch of time; `free_bytes` becomes `free`."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if name.endswith("_s") and not isinstance(value, str):
            found[name.removesuffix("_s")] = texts.lasting(value)
        elif name.endswith("_bytes") and not isinstance(value, str):
            found[name.removesuffix("_bytes")] = texts.size(int(value))
        else:
            found[name] = str(value)
    return found


def program() -> str:
    """How this program is called from here: by its name where that finds it, else by its path."""
    called = Path(sys.argv[0])
    if called.name != "bavn" or which("bavn") == str(called.resolve()):
        return "bavn"
    return os.path.relpath(called)
