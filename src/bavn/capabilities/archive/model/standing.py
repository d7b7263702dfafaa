# SPDX-License-Identifier: Apache-2.0
"""How things stand with what is kept, as a decision looks at it."""

import msgspec

from bavn.kernel.identity import subject_type


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand with one thing that may be erased.

    `over_at_ms` is when it was over; None while it goes on. `held_by` are the holds that stand and
    the requests to see it that are not over. `delivered` are the marks that were delivered, and
    `mark` is what it has now. `erasure` is one that was asked for and not decided.
    """

    subject: str
    is_ours: bool = False
    over_at_ms: int | None = None
    outcome: str = ""
    is_erased: bool = False
    held_by: tuple[str, ...] = ()
    delivered: frozenset[str] = frozenset()
    mark: str = ""
    erasure: str = ""

    @property
    def sort(self) -> str:
        """What sort of thing it is."""
        return subject_type(self.subject)


class ErasureStands(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that was asked for, and how things stand with each of its items."""

    state: str
    account: str
    items: tuple[tuple[str, str], ...]
    standings: tuple[Standing, ...]
