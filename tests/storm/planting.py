# SPDX-License-Identifier: Apache-2.0
"""How a planted bug is written down: a name, a sentence, who must see it, and how it is put in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

# A bug that this many storms do not see is one that the storm cannot see.
SEEDS_LIMIT = 200
Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Bug:
    """Something that somebody could have written, at a real seam of the product."""

    name: str
    says: str
    # The checks that are there for it: the first one that looks is the one that sees it.
    seen_by: tuple[str, ...]
    plant: Plant
    # Where there is something for it to spoil: the storms that are played with it.
    seeds: range

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Have the bug in the program while this lasts."""
        with pytest.MonkeyPatch.context() as patch:
            self.plant(patch)
            yield


class Bed:
    """A list of bugs, each written as a function that plants it."""

    def __init__(self, *, first: int = 0, step: int = 1) -> None:
        self.bugs: list[Bug] = []
        self._first = first
        self._step = step

    def bug(self, says: str, *seen_by: str, first: int | None = None) -> Callable[[Plant], Plant]:
        """Note a bug under the name of its function.

        `first` saves time where a bug is rarely seen: the storms begin with one that has seen it.
        """
        begin = self._first if first is None else first
        seeds = range(begin, begin + SEEDS_LIMIT * self._step, self._step)

        def note(plant: Plant) -> Plant:
            self.bugs.append(Bug(plant.__name__, says, seen_by, plant, seeds))
            return plant

        return note
