# SPDX-License-Identifier: Apache-2.0
"""Addresses that are looked up on this machine: what is asked of a register, and its answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

# What a list under a field shows: more is scrolled past faster by typing on.
FOUND_LIMIT = 8


class FoundAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address of the register: a house (`exact`), or a street by the middle of its houses.

    `number_unknown` tells that the street has no house of the number that was asked for.
    """

    text: str
    lat: float
    lon: float
    municipality: str
    exact: bool
    number_unknown: bool = False


class AddressRegister(msgspec.Struct, frozen=True, kw_only=True):
    """Which register there is: whose, of when, and how much is in it.

    `as_of` is what its maker says, a day or a month; `is_invented` is for demonstrations.
    """

    source: str
    as_of: str
    imported_at: datetime
    house_count: int
    street_count: int
    is_invented: bool = False


class Addresses(Protocol):
    """A register of addresses. It never waits for anybody, and never raises: it finds nothing."""

    def find(
        self,
        text: str,
        *,
        municipality: str | None = None,
        near: tuple[float, float] | None = None,
        limit: int = FOUND_LIMIT,
    ) -> Sequence[FoundAddress]:
        """The addresses that a text may mean, the likeliest first.

        Those of the municipality come first, and those that are near before those that are far.
        """

    def register(self) -> AddressRegister | None:
        """Which register is in use; None where there is none, or none that can be read."""


class NoAddresses:
    """Where there is no register: what is typed is kept, and no place is known by it."""

    def find(
        self,
        text: str,  # noqa: ARG002
        *,
        municipality: str | None = None,  # noqa: ARG002
        near: tuple[float, float] | None = None,  # noqa: ARG002
        limit: int = FOUND_LIMIT,  # noqa: ARG002
    ) -> Sequence[FoundAddress]:
        """Nothing."""
        return ()

    def register(self) -> AddressRegister | None:
        """None."""
        return None
