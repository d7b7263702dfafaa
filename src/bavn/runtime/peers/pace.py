# SPDX-License-Identifier: Apache-2.0
"""How much goes into one letter: little on a line that is not known, more while letters go quickly.

A letter holds up whatever is behind it, signs of life included: on 64 kbit/s one of 16 KiB takes
two seconds, and after three the line is given up as dead. So what is begun with fits the poorest
line that there is, and what a letter may grow to is found out.
"""

from bavn.runtime import clock

# Of entries as they are on disk; compressed and sealed a third of that or less.
FIRST_BYTES, LEAST_BYTES = 8 * 1024, 4 * 1024
# By how much a letter may take longer than the quickest did; that one tells how far it is there.
QUICK_S, SLOW_S = 0.2, 0.5
# What was learnt longer ago says nothing: behind the same name there may be a radio now.
FRESH_S = 30.0


class Pace:
    """How much is put in a letter to one node now."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = FIRST_BYTES
        self._quickest_s: float | None = None
        self._learnt_s = clock.seconds()

    @property
    def far_s(self) -> float:
        """How long the quickest letter took, there and back; nought while nothing is known."""
        return self._quickest_s or 0.0

    def size(self) -> int:
        """So many bytes of entries, or about that."""
        if clock.seconds() - self._learnt_s > FRESH_S:
            self._bytes, self._quickest_s = FIRST_BYTES, None
        return min(self._bytes, self._most)

    def took(self, seconds: float, letter_bytes: int) -> None:
        """A letter with so many bytes was answered after so long."""
        self._learnt_s = clock.seconds()
        self._quickest_s = min(seconds, self._quickest_s or seconds)
        beyond_s = seconds - self._quickest_s
        # That a short one was quick says nothing of a long one.
        if beyond_s < QUICK_S and letter_bytes * 2 >= self._bytes:
            self._bytes = min(self._bytes * 2, self._most)
        elif beyond_s > SLOW_S:
            self._bytes = max(self._bytes // 2, LEAST_BYTES)

    def lost(self) -> None:
        """A letter was not answered."""
        self._learnt_s = clock.seconds()
        self._bytes = LEAST_BYTES
