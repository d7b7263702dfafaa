# SPDX-License-Identifier: Apache-2.0
"""Personal data and free text on their way to the vault.

A value that will not be printed by mistake.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Private:
    """Text that may name people. Printing, formatting or logging it shows only that it is there."""

    _text: str

    def reveal(self) -> str:
        """The text itself, for the vault and for a reader who may see it."""
        return self._text

    def __repr__(self) -> str:
        return "Private(…)"

    def __str__(self) -> str:
        return "…"
