# SPDX-License-Identifier: Apache-2.0
"""How a planted bug is written down: a name, a sentence, who must see it, and how it is put in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Bug:
    """Something that somebody could have written, at a real seam of the product."""

    name: str
    says: str
    # The checks that are there for it: the first one that looks is the one that sees it.
    seen_by: tuple[str, ...]
    plant: Plant

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Have the bug in the program while this lasts."""
        with pytest.MonkeyPatch.context() as patch:
            self.plant(patch)
            yield


class Bed:
    """A list of bugs, each written as a function that plants it."""

    def __init__(self) -> None:
        self.bugs: list[Bug] = []

    def bug(self, says: str, *seen_by: str) -> Callable[[Plant], Plant]:
        """Note a bug under the name of its function."""

        def note(plant: Plant) -> Plant:
            self.bugs.append(Bug(plant.__name__, says, seen_by, plant))
            return plant

        return note
