# SPDX-License-Identifier: Apache-2.0
"""What is made already for one state of the board: once, however many look."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

# Rows, handles, what waits and each part of a few looks, for a few sorts of readers, of the last
# few states.
DRAWN_LIMIT = 256
T = TypeVar("T")


class Drawn:
    """Keyed by what it is and by the board's mark; the least lately asked for gives way."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self.made_count = 0

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is of this key, made when nobody has asked for it yet."""
        if key not in self._made:
            self.made_count += 1
            self._made[key] = make()
            if len(self._made) > DRAWN_LIMIT:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        found: T = self._made[key]
        return found
