# SPDX-License-Identifier: Apache-2.0
"""Parts of the board that are drawn already: once for each state, however many look."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

# Each part of a few looks in two languages, for each sort of reader.
DRAWN_LIMIT = 128


class Drawn:
    """Parts that are drawn already; the least lately asked for gives way."""

    def __init__(self) -> None:
        self._parts: OrderedDict[Hashable, bytes] = OrderedDict()
        self.made_count = 0

    def of(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """The part of this key, drawn when nobody has asked for it yet."""
        found = self._parts.get(key)
        if found is None:
            self.made_count += 1
            found = self._parts[key] = draw()
            if len(self._parts) > DRAWN_LIMIT:
                self._parts.popitem(last=False)
        return found
