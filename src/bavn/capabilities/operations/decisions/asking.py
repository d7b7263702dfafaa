# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: whose matter it is, and what came of it."""

from datetime import datetime
from itertools import pairwise

import msgspec

from bavn.capabilities.operations.decisions.deciding import ReportIncident, SetUnitStatus
from bavn.capabilities.operations.facts import KINDS, UnitStatusChanged
from bavn.capabilities.operations.model.incident import OwnerBy, PlaceBy
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.operations.ports import Territory, Whose, whose
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.journal.fact import Fact
from bavn.journal.kinds import Kinds
from bavn.journal.reader import NOBODY
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId, is_name
from bavn.kernel.private import Private
from bavn.kernel.refusal import BrokenPromise, Refused

_KINDS = Kinds(KINDS)


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """A point that stands for a place, and of what it is."""

    lat: float
    lon: float
    by: PlaceBy


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of an incident that nobody has reported; all of it may be unknown."""

    # The caller's own id of it, so that telling it again is telling of the same.
    incident: str | None = None
    incident_type: str | None = None
    lat: float | None = None
    lon: float | None = None
    # The point of what was named, for the map, where nobody has told the place.
    near: Near | None = None
    municipality: str | None = None
    service: str | None = None
    urgency: str | None = None
    address: Private | None = None
    callback: Private | None = None
    text: Private | None = None
    occurred_at: datetime | None = None

    @property
    def place(self) -> tuple[float, float] | None:
        """The place, when there is one."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What a report became, and whose it is."""

    id: str
    service: OrganisationId
    area: str
    by: OwnerBy
    repeated: bool
    facts: tuple[str, ...] = ()


async def report(
    desk: Desk, call: Call, territory: Territory, alarm: Alarm, ref: str | None
) -> Reported:
    """Have an alarm taken, by whose it is.

    Runbook, when every alarm is answered with `not_hosted_here`: this node writes neither for the
    service that covers the place nor for the caller's own organisation. Look at the grants in
    node.toml; until they are right, report at the node that is named.
    """
    candidates = _candidates(call, territory, alarm)
    for owner, after in pairwise([*candidates, None]):
        assert owner is not None, "only the last is nobody"
        try:
            # Who should have had it is told as soon as it can be.
            meant = candidates[0].service if owner is not candidates[0] else None
            content = _content(alarm, owner, meant)
            done = await carried_out(desk, call, owner.service, content, ref)
        except Refusal as refusal:
            # An alarm is not lost because another node writes for whom it was meant.
            if refusal.refused.code != "not_hosted_here" or after is None:
                raise
        else:
            return Reported(
                id=_fact_of(desk, done).about[0].partition(":")[2],
                service=owner.service,
                area=owner.area,
                by=owner.by,
                repeated=done.repeated,
                facts=done.facts,
            )
    raise BrokenPromise("the last of them is done or refused")


async def strike(
    desk: Desk, call: Call, subject: str, fact: str, reason: str, ref: str | None
) -> Done:
    """Have a fact about a subject struck through, by whoever told it."""
    item = desk.query.item(call.reader, fact)
    if item is None or subject not in item.fact.about:
        raise Refusal(
            Refused(
                code="no_such_fact",
                says=f"There is no fact {fact} about {subject}.",
                try_instead="Take the id from the list of facts about it.",
                values={"fact": fact},
            )
        )
    content = StrikeFact(fact=item.fact.id, reason=Private(reason))
    return await carried_out(desk, call, item.fact.owner, content, ref)


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a unit's word, and what was odd about it."""

    unit: str
    service: OrganisationId
    status: UnitStatus
    flags: tuple[str, ...]
    repeated: bool
    facts: tuple[str, ...] = ()
    # The instant that the sender gave.
    told_at: datetime | None = None


async def set_status(
    desk: Desk, call: Call, owner: OrganisationId, content: SetUnitStatus, ref: str | None
) -> Stood:
    """Have a unit's word taken."""
    done = await carried_out(desk, call, owner, content, ref)
    body = _KINDS.read(_fact_of(desk, done))
    assert isinstance(body, UnitStatusChanged), "that is what the decision makes"
    return Stood(
        unit=content.unit,
        service=owner,
        status=content.status,
        flags=tuple(body.flags),
        repeated=done.repeated,
        facts=done.facts,
        told_at=content.at,
    )


def _candidates(call: Call, territory: Territory, alarm: Alarm) -> list[Whose]:
    """Whose it may be, the likeliest first, then the caller's own organisation.

    Some callers have no node anywhere, such as the police: at last it is an area's that they hear,
    or any that is written for here.
    """
    on, own = call.now.date(), call.actor.organisation
    named = OrganisationId(alarm.service) if alarm.service and is_name(alarm.service) else None
    place, municipality = alarm.place, alarm.municipality
    found = [
        whose(territory, on, own, named=named, place=place, municipality=municipality),
        whose(territory, on, own, place=place, municipality=municipality),
        msgspec.structs.replace(
            whose(territory, on, own, named=own, place=place, municipality=municipality),
            by=OwnerBy.CALLER,
        ),
    ]
    areas = [*sorted(call.reader.areas), *(each.id for each in territory.areas(on))]
    found += [
        msgspec.structs.replace(
            whose(territory, on, own, named=area, place=place, municipality=municipality),
            by=OwnerBy.CALLER,
        )
        for area in dict.fromkeys(areas)
    ]
    firsts: dict[OrganisationId, Whose] = {}
    for each in found:
        firsts.setdefault(each.service, each)
    return list(firsts.values())


def _content(alarm: Alarm, owner: Whose, meant: OrganisationId | None) -> ReportIncident:
    near = alarm.near if alarm.place is None else None
    return ReportIncident(
        area=owner.area,
        incident=alarm.incident,
        owner_by=owner.by.value,
        incident_type=alarm.incident_type,
        municipality=owner.municipality,
        latitude=alarm.lat if near is None else near.lat,
        longitude=alarm.lon if near is None else near.lon,
        place_by=None if near is None else near.by.value,
        urgency=alarm.urgency,
        address=alarm.address,
        callback=alarm.callback,
        text=alarm.text,
        occurred_at=alarm.occurred_at,
        meant_for=meant,
    )


def _fact_of(desk: Desk, done: Done) -> Fact:
    """The first fact that a request became, which everyone may know."""
    fact = desk.query.told(NOBODY, done.facts[0])
    assert fact is not None, "what is done is on record, and told to the nation"
    return fact
