# SPDX-License-Identifier: Apache-2.0
"""Notices as they are read: what holds, what comes, what is over; at a place, and for whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from bavn.capabilities.notices.facts import NoticeTold
from bavn.capabilities.notices.model.notice import (
    SHOWN_AFTER,
    KindKnown,
    Notice,
    Spot,
    StepKnown,
    concerns,
    ordered,
)
from bavn.capabilities.notices.ports import Around
from bavn.capabilities.notices.views import NOTICES
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.fact import Fact
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.mandate import Actor

TELL, WITHDRAW, READ = "notices.tell", "notices.withdraw", "notices.read_notices"
OURS, STRUCK = "notices.", "journal.struck"
NEAR_KM = 5.0


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self.kinds = {each.code: each for each in around.kinds}
        self.steps = {each.code: each for each in around.steps}
        self._ranks = {each.code: each.rank for each in around.steps}
        self._query = query
        # Read anew when something is told of them: each page of an incident asks for them.
        self._read: list[Notice] | None = None
        self._touched: dict[tuple[str, str, datetime, datetime], frozenset[str]] = {}

    def hear(self, fact: Fact) -> None:
        """Take note of a fact."""
        if fact.kind.startswith(OURS) or fact.kind == STRUCK:
            self._read = None

    def all(self) -> list[Notice]:
        """Every notice on record, as it was told last."""
        read = self._read
        if read is None:
            read = self._read = [notice_of(row) for row in self._query.rows(NOBODY, NOTICES)]
            self._touched = {}
        return read

    def holding(self, at: datetime, municipality: str | None = None) -> list[Notice]:
        """What holds at an instant, the most serious first."""
        found = [each for each in self.all() if each.holds(at)]
        return self._order(found, municipality)

    def coming(self, at: datetime) -> list[Notice]:
        """What will hold, the first to begin first."""
        found = (each for each in self.all() if each.comes(at))
        return sorted(found, key=lambda each: (each.valid_from, each.id))

    def over(self, at: datetime) -> list[Notice]:
        """What has ended within the last day, the latest first."""
        found = [
            each
            for each in self.all()
            if each.is_over(at) and at - SHOWN_AFTER <= each.ends_at <= at
        ]
        return sorted(found, key=lambda each: (each.ends_at, each.id), reverse=True)

    def at(self, spot: Spot, at: datetime) -> list[Notice]:
        """What holds at a place, the most serious first."""
        return self._order(
            [each for each in self.all() if each.holds(at) and self._is_at(each, spot)]
        )

    def told_by(self, owner: OrganisationId, id_: str) -> Notice | None:
        """One that an organisation has told; None when there is none."""
        return next((each for each in self.all() if (each.owner, each.id) == (owner, id_)), None)

    def touched(self, notice: Notice) -> frozenset[str]:
        """The municipalities that it names, or that its polygons and points lie in."""
        key = (notice.owner, notice.id, notice.told_at, notice.issued_at)
        found = self._touched.get(key)
        if found is None:
            found = self._touched[key] = self.around.touched(notice.where)
        return found

    def kind_of(self, notice: Notice) -> KindKnown | None:
        """What kind it is; None where this country does not know that."""
        return self.kinds.get(notice.kind)

    def step_of(self, notice: Notice) -> StepKnown | None:
        """How serious it is; None where this country does not know that."""
        return self.steps.get(notice.step)

    def is_serious(self, notice: Notice) -> bool:
        """True for what wants a person; what nobody can read does too."""
        step = self.step_of(notice)
        return step is None or step.is_serious

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Serious notices that hold where the caller's organisation looks after, until seen.

        One that is told anew is seen already, unless it has become another step.
        """
        own = call.actor.organisation
        covered = self.around.covered(own, call.now)
        return [
            Attention(
                id=f"notices.holds:{each.id}:{each.step}",
                text="notices.attention",
                values={"title": each.title, "source": each.source},
                since=max(each.valid_from, min(each.told_at, call.now)),
                about=Subject(f"notice:{each.id}"),
                path=f"/notices#notice-{each.id}",
                service=own,
            )
            for each in self.holding(call.now)
            if self.is_serious(each)
            and (each.where.everywhere or not covered.isdisjoint(self.touched(each)))
        ]

    def _is_at(self, notice: Notice, spot: Spot) -> bool:
        kind = self.kind_of(notice)
        near_km = NEAR_KM if kind is None else kind.near_km
        touched: frozenset[str] = frozenset()
        if spot.lat is None or spot.lon is None:
            touched = self.touched(notice)
        return concerns(notice.where, spot, touched, near_km)

    def _order(self, found: list[Notice], municipality: str | None = None) -> list[Notice]:
        if municipality is not None:
            found = [
                each
                for each in found
                if each.where.everywhere or municipality in self.touched(each)
            ]
        return ordered(found, self._ranks)


RoomGiven: TypeAlias = Given[Room]


def notice_of(row: Row) -> Notice:
    """The notice that a row of the view tells."""
    told = msgspec.json.decode(str(row["told"]), type=NoticeTold)
    withdrawn = row["withdrawn_ms"]
    return Notice(
        id=str(row["subject"]).partition(":")[2],
        owner=OrganisationId(str(row["owner"])),
        by=Actor(
            organisation=OrganisationId(str(row["organisation"])), function=str(row["function"])
        ),
        told_at=instant_of(int(str(row["told_ms"]))),
        withdrawn_at=None if withdrawn is None else instant_of(int(str(withdrawn))),
        **msgspec.structs.asdict(told),
    )
