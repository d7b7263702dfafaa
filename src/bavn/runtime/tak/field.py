# SPDX-License-Identifier: Apache-2.0
"""What the server of field clients asks of the house: who that is, what it sees, what it said."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from bavn.codecs.cot import Event

Answer = Callable[[Event], None]


class Device(Protocol):
    """Who is behind a line, as the house knows it."""

    @property
    def name(self) -> str:
        """What logs call it; never a person's name."""

    @property
    def group(self) -> str:
        """Whose device it is: devices of a group hear each other."""


D = TypeVar("D", bound=Device)


class Field(Protocol[D]):
    """The house as field clients meet it."""

    def device(self, certificate: bytes | None, /) -> D | None:
        """Whose certificate that is; None for a stranger. An open line shows none."""

    def begins_with(self, device: D, /) -> Iterable[Event]:
        """What a device is shown when it comes."""

    def came(self, device: D, event: Event, /, *, is_own: bool, answer: Answer) -> None:
        """A device has said something that holds: of itself, or of something else."""
