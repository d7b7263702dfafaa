# SPDX-License-Identifier: Apache-2.0
"""Passwords: how they are kept, which are too easily guessed.

Argon2id as RFC 9106 §4 recommends where memory is scarce (its second choice). A password that was
kept with other parameters is kept anew when its owner next signs in.
"""

import asyncio
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Protocol, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from bavn.kernel.refusal import Refused
from bavn.runtime import clock

ITERATIONS = 3
MEMORY_KIB = 64 * 1024
LANES = 4
HASH_BYTES, SALT_BYTES = 32, 16
# Each takes 64 MiB and a core for a tenth of a second; the rest of the machine is for alarms.
AT_ONCE = 2
WAITING_LIMIT = 20

CHARACTERS_LEAST = 12
# More than anybody types; hashing a novel is a way to keep us busy.
BYTES_LIMIT = 1024
# What is left of a name is worth looking for from this length on.
NAME_PART_LEAST = 4
DIFFERENT_LEAST = 5
_LOOK_ALIKE = str.maketrans("0134578@$!", "oieastbasi")


class Hashes(Protocol):
    """What keeps passwords."""

    def make(self, password: str) -> str:
        """What is kept of a password."""

    def is_right(self, kept: str, password: str) -> bool:
        """True when this is the password."""

    def is_old(self, kept: str) -> bool:
        """True when it was kept in another way than new ones are."""


class Argon2:
    """Keeps passwords by Argon2id."""

    def __init__(self, iterations: int = ITERATIONS, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(
            time_cost=iterations,
            memory_cost=memory_kib,
            parallelism=LANES,
            hash_len=HASH_BYTES,
            salt_len=SALT_BYTES,
            type=Type.ID,
        )

    def make(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(password, salt=clock.entropy(SALT_BYTES))

    def is_right(self, kept: str, password: str) -> bool:
        """True when this is the password."""
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    def is_old(self, kept: str) -> bool:
        """True when it was kept with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(kept)


class Busy(Exception):
    """More are waiting to have a password looked at than can be."""


T = TypeVar("T")


class InTurn:
    """Does the heavy work beside the loop, a few at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def __call__(self, work: Callable[[], T]) -> T:
        """The work's answer; raises Busy when too many wait."""
        if self._waiting >= WAITING_LIMIT:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def too_easy(password: str, *names: str) -> Refused | None:
    """Why a password is refused; None when it will do."""
    if len(password) < CHARACTERS_LEAST:
        return Refused(
            code="password_short",
            says=f"The password has fewer than {CHARACTERS_LEAST} characters.",
            try_instead="Take a sentence, or four words that have nothing to do with each other.",
            values={"least": str(CHARACTERS_LEAST)},
        )
    if len(password.encode()) > BYTES_LIMIT:
        return Refused(
            code="password_long",
            says=f"The password has more than {BYTES_LIMIT} bytes.",
            try_instead="Take a shorter one.",
            values={"limit": str(BYTES_LIMIT)},
        )
    if any(part in password.lower() for part in _parts(names)):
        return Refused(
            code="password_named",
            says="The name of the account is in the password.",
            try_instead="Take one that does not tell whose it is.",
        )
    if _is_common(password):
        return Refused(
            code="password_common",
            says="The password is among those that are guessed first.",
            try_instead="Take a sentence, or four words that have nothing to do with each other.",
        )
    return None


def _parts(names: tuple[str, ...]) -> set[str]:
    words = {word for name in names for word in re.split(r"[\s._@+-]+", name.lower())}
    return {
        word for word in words | {name.lower() for name in names} if len(word) >= NAME_PART_LEAST
    }


def _is_common(password: str) -> bool:
    """True for what is made of the commonest words, of digits, or of few signs over and over."""
    folded = password.lower()
    if len(set(folded)) < DIFFERENT_LEAST:
        return True
    letters = {
        re.sub(r"[\W\d_]+", "", folded),
        re.sub(r"[\W\d_]+", "", folded.translate(_LOOK_ALIKE)),
    }
    return any(map(_is_made_of_commonest, letters))


def _is_made_of_commonest(text: str) -> bool:
    """True when the text falls into common words from end to end; also for no text at all."""
    reached = {0}
    for start in range(len(text)):
        if start in reached:
            reached.update(
                start + len(each) for each in _commonest() if text.startswith(each, start)
            )
    return len(text) in reached


@cache
def _commonest() -> tuple[str, ...]:
    raw = (files("bavn.runtime") / "commonest_passwords.txt").read_text(encoding="utf-8")
    return tuple(line for line in raw.splitlines() if line and not line.startswith("#"))
