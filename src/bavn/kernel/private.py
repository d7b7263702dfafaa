# SPDX-License-Identifier: Apache-2.0
"""Personal data and free text on their way to the vault.

A value that will not be printed by mistake.
"""


class Private:
    """Text that may name people. Printing, formatting or logging it shows only that it is there.

    A plain class, and no structure that an encoder knows: nothing writes it out by mistake.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself, for the vault and for a reader who may see it."""
        return self.__text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Private) and other.reveal() == self.__text

    def __hash__(self) -> int:
        return hash(self.__text)

    def __repr__(self) -> str:
        return "Private(…)"

    def __str__(self) -> str:
        return "…"
