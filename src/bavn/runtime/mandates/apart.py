# SPDX-License-Identifier: Apache-2.0
"""Policies that are not of this house are read in a process of their own.

Cedar's reader goes as deep as the text does: some hundred brackets within each other end the
process that reads them, and a large set keeps it busy for seconds. Neither may happen to the one
that takes alarms, so another process reads, checks and hands over what it has found.

Runbook, when a check ended by itself: the text is nested too deeply or too large. The policies
that held before hold on, and nothing else is touched. Look at what was changed last, and check it
with `bavn mandates check`.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Iterable, Mapping

import msgspec

from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.mandates.book import Book, book_from

# The largest set that is taken is checked in some ten seconds on a busy machine.
CHECK_S = 60
MEMORY_BYTES_LIMIT = 2 * 1024**3
# So low that an alarm does not notice.
NICE = 15


class _Asked(msgspec.Struct, frozen=True):
    texts: dict[str, str]
    acts: list[str]
    alarms: list[str]


class _Found(msgspec.Struct, frozen=True):
    book: Book | None = None
    problems: list[tuple[str, str]] = []


_encode = msgspec.json.encode
_read_asked = msgspec.json.Decoder(_Asked).decode
_read_found = msgspec.json.Decoder(_Found).decode


def book_apart(texts: Mapping[str, str], acts: Iterable[str], alarms: Iterable[str]) -> Book:
    """The policies of files that were read; raises BadInput with every fault. Takes seconds."""
    asked = _Asked(dict(texts), sorted(acts), sorted(alarms))
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", "bavn.runtime.mandates.apart"],
            input=_encode(asked),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=CHECK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        says = f"They could not be checked: {type(error).__name__}."
        raise BadInput(Problem(where="policies", says=says)) from error
    if ended.returncode:
        says = "They are nested too deeply, or too large, to be read: write several policies."
        raise BadInput(Problem(where="policies", says=says))
    found = _read_found(ended.stdout)
    if found.book is None:
        raise BadInput(*(Problem(where=where, says=says) for where, says in found.problems))
    return found.book


def main() -> None:
    """Answer the one question that comes in."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_LIMIT, MEMORY_BYTES_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (CHECK_S, CHECK_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = _read_asked(sys.stdin.buffer.read())
    try:
        found = _Found(book=book_from(asked.texts, asked.acts, asked.alarms))
    except BadInput as bad:
        found = _Found(problems=[(each.where, each.says) for each in bad.problems])
    sys.stdout.buffer.write(_encode(found))


if __name__ == "__main__":
    main()
