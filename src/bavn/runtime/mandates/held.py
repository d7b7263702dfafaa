# SPDX-License-Identifier: Apache-2.0
"""The policies that hold, as they are asked, with what was answered by them."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, time, tzinfo

import cedarpy
import msgspec

from bavn.frame.country import holding as in_force
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import ms_of
from bavn.runtime.functions import MACHINES, OPERATOR
from bavn.runtime.mandates.book import Book
from bavn.runtime.mandates.slices import Slices


class Holder(msgspec.Struct, frozen=True):
    """Who could: a function in an organisation."""

    function: str
    organisation: OrganisationId


class Held:
    """The policies that hold under a law set, and what was answered by them.

    Another book makes another of these, whole, so nobody is answered half by the one and half by
    the other.
    """

    def __init__(
        self,
        book: Book,
        law: str,
        zone: tzinfo,
        *,
        functions: Iterable[str],
        alarms: frozenset[str],
    ) -> None:
        self.book = book
        self.alarms = alarms
        self.law = law
        self.zone = zone
        self.functions = tuple(
            each
            for each in dict.fromkeys((*functions, *book.roles))
            if each not in MACHINES and each != OPERATOR
        )
        self.policies = tuple(each for each in book.policies if law in each.laws)
        self.by_id = {each.id: each for each in self.policies}
        # The instants at which what holds changes, and what holds from each on.
        days = sorted(
            {day for each in self.policies for day in (each.valid_from, each.valid_to) if day}
        )
        self.changes = [ms_of(datetime.combine(day, time(), zone)) for day in days]
        self.slices: dict[int, Slices] = {}
        self.entities: tuple[object, cedarpy.Entities] | None = None
        self.kept: dict[tuple[object, ...], tuple[str, ...] | None] = {}
        # Who could, for whoever is told no: fewer than the answers, and forgotten with them.
        self.could: dict[tuple[object, ...], tuple[Holder, ...]] = {}

    def holding(self, at: datetime) -> int:
        """Which of the states holds that the policies' days make."""
        return bisect_right(self.changes, ms_of(at))

    def slices_at(self, at: datetime) -> Slices:
        """The policies that hold at an instant, as they are asked."""
        holding = self.holding(at)
        found = self.slices.get(holding)
        if found is None:
            on = at.astimezone(self.zone).date()
            policies, book = in_force(self.policies, on), self.book
            found = self.slices[holding] = Slices(
                policies,
                book.roles,
                functions={*book.roles, *self.functions},
                acts=book.acts,
                alarms=self.alarms,
            )
        return found
