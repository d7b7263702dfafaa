# SPDX-License-Identifier: Apache-2.0
"""Files of statuses and incidents: each row a request like any other, by whoever has it done.

Authority per field holds for what a file says as for anybody's word.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from bavn.capabilities.exchange.facts import FileRow, RowResult
from bavn.capabilities.exchange.model import incidents as by_incident
from bavn.capabilities.exchange.model import statuses as by_status
from bavn.capabilities.exchange.model.columns import Words
from bavn.capabilities.exchange.model.incidents import CLOSED, OPEN, IncidentStands, Known
from bavn.capabilities.exchange.model.preview import Change, Preview, Sort
from bavn.capabilities.exchange.model.statuses import UnitStands
from bavn.capabilities.exchange.ports import Run
from bavn.capabilities.operations.decisions import (
    CloseIncident,
    CorrectIncident,
    SetUnitStatus,
    asking,
)
from bavn.capabilities.operations.model.authority import (
    MUNICIPALITY,
    PLACE,
    STATUS,
    TYPE,
    URGENCY,
)
from bavn.capabilities.operations.model.incident import ClosedAs, IncidentState
from bavn.capabilities.operations.model.unit import ON_TASK, UnitStatus
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.incidents import (
    LIMIT_MOST,
    Incident,
    Wanted,
    incident,
    incidents,
    the_incident,
)
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.units import Units
from bavn.frame.call import Call
from bavn.frame.country import Country
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.node.together import WordsOf
from bavn.runtime.live import Live

AT_ONCE = 10
# After so many look-ups others get their turn: an alarm does not wait for a file.
LOOKED_UP = 20
_BESIDE = {TYPE: "type", URGENCY: "urgency", MUNICIPALITY: "municipality"}


class StatusTarget:
    """Where the units of the caller's organisation stand."""

    at_once = AT_ONCE

    def __init__(self, live: Live, operations: Operations, words: Words) -> None:
        self._operations = operations
        self._words = words
        self._units = Units(
            live.query, operations.registry, operations.territory, operations.positions
        )

    async def compare(self, call: Call, rows: Sequence[FileRow]) -> Preview:
        """What the rows would do for the caller's organisation."""
        statuses = {each.value: each in ON_TASK for each in UnitStatus}
        when = (call.now, self._operations.zone)
        return by_status.compared(rows, self._stand(call), statuses, self._words, when)

    def _stand(self, call: Call) -> list[UnitStands]:
        own, on = call.actor.organisation, call.now.astimezone(self._operations.zone).date()
        found = []
        for unit in self._units.all(call.reader, on):
            if unit.service != own:
                continue
            said = unit.given_by.get(STATUS)
            found.append(
                UnitStands(
                    id=unit.id,
                    callsign=unit.callsign,
                    status=None if unit.status is None else unit.status.value,
                    at=unit.status_at,
                    incident=unit.incident,
                    beside=() if said is None else tuple(str(each.value) for each in said.also),
                )
            )
        return found

    async def carry_out(
        self,
        desk: Desk,
        call: Call,
        run: Run,
        changes: Sequence[Change],
        texts: Mapping[int, Mapping[str, str]],  # noqa: ARG002 - a status has none
    ) -> Sequence[RowResult]:
        """Each unit's word, as anybody says it."""
        return await asyncio.gather(*(self._one(desk, call, run, each) for each in changes))

    async def _one(self, desk: Desk, call: Call, run: Run, change: Change) -> RowResult:
        on, wanted = call.now.date(), change.wanted
        owner, area, registered = self._units.whose(call, change.of, on)
        status = UnitStatus(wanted["status"])
        content = SetUnitStatus(
            unit=change.of,
            area=area_told(self._operations.territory, owner, area, on),
            status=status,
            incident=wanted["incident"] or None,
            at=datetime.fromisoformat(wanted["at"]) if wanted["at"] else None,
            registered=registered,
            usual=self._operations.is_usual(call.actor.function, status),
        )
        # The same word of the same instant is one fact, whoever sends it in which file.
        told = f"{status}-{wanted['at']}-{wanted['incident']}" if wanted["at"] else run.id
        try:
            stood = await asking.set_status(desk, call, owner, content, f"{change.of}-{told}"[:128])
        except Refusal as refusal:
            return _refused(change, refusal)
        return RowResult(change.row, change.of, facts=stood.facts, flags=stood.flags)


class IncidentTarget:
    """Incidents: new ones of the caller's organisation, and whosever a row names."""

    at_once = AT_ONCE

    def __init__(self, live: Live, country: Country, operations: Operations, words: Words) -> None:
        self._live = live
        self._operations = operations
        self._words = words
        self._words_of = WordsOf(operations)
        self._bounds = country.bounds
        self._codes = {
            "type": frozenset(each.code for each in country.incident_types),
            "urgency": frozenset(each.code for each in country.urgencies),
            "municipality": frozenset(each.code for each in country.municipalities),
            "state": frozenset({OPEN, CLOSED}),
            "outcome": frozenset(each.value for each in ClosedAs),
        }

    async def compare(self, call: Call, rows: Sequence[FileRow]) -> Preview:
        """What the rows would do."""
        own = call.actor.organisation
        stands: dict[str, IncidentStands] = {}
        for count, row in enumerate(rows):
            id_ = by_incident.id_of(own, row.cells)
            found = self._incident(call, id_)
            if found is not None:
                stands[id_] = self._stand(call, found)
            if count % LOOKED_UP == 0:
                await asyncio.sleep(0)
        known = Known(
            codes=self._codes,
            bounds=self._bounds,
            now=call.now,
            zone=self._operations.zone,
        )
        does = by_incident.compared(own, rows, stands.get, known, self._words)
        wanted = Wanted(
            today=call.now.date(), state=IncidentState.OPEN, service=own, limit=LIMIT_MOST
        )
        listed = incidents(self._live.query, call.reader, self._operations.types, wanted)
        absent = [self._label(call, each) for each in listed.items if each.id not in stands]
        return Preview(changes=does.changes, faults=does.faults, absent=tuple(absent))

    def _incident(self, call: Call, id_: str) -> Incident | None:
        return incident(self._live.query, call.reader, self._operations.types, id_)

    def _label(self, call: Call, found: Incident) -> str:
        words = self._words_of(call)
        parts = (words.type(found.type), words.municipality(found.municipality), found.id)
        return ", ".join(each for each in parts if each)

    def _stand(self, call: Call, found: Incident) -> IncidentStands:
        beside: dict[str, list[str]] = {}
        for field, given in found.given_by.items():
            for also in given.also:
                if field == PLACE:
                    lat, lon = (float(str(each)) for each in also.value[:2])
                    beside.setdefault("place", []).append(f"{lat:.6f}, {lon:.6f}")
                elif field in _BESIDE:
                    beside.setdefault(_BESIDE[field], []).append(str(also.value))
        return IncidentStands(
            id=found.id,
            label=self._label(call, found),
            state=found.state.value,
            type=found.type,
            urgency=found.urgency,
            municipality=found.municipality,
            lat=None if found.place is None else found.place.lat,
            lon=None if found.place is None else found.place.lon,
            outcome=found.outcome,
            beside=beside,
        )

    async def carry_out(
        self,
        desk: Desk,
        call: Call,
        run: Run,
        changes: Sequence[Change],
        texts: Mapping[int, Mapping[str, str]],
    ) -> Sequence[RowResult]:
        """New ones are reported, others corrected and closed, as a person does it."""
        return await asyncio.gather(
            *(self._one(desk, call, run, each, texts.get(each.row, {})) for each in changes)
        )

    async def _one(
        self, desk: Desk, call: Call, run: Run, change: Change, texts: Mapping[str, str]
    ) -> RowResult:
        facts: list[str] = []
        try:
            if change.sort is Sort.NEW:
                facts += await self._report(desk, call, change, texts)
            found = the_incident(self._live.query, call.reader, self._operations.types, change.of)
            area = area_told(self._operations.territory, found.service, found.area, call.now.date())
            if change.sort is not Sort.NEW:
                facts += await self._correct(desk, call, run, change, (found.service, area))
            if change.wanted.get("state") == CLOSED:
                ended = change.wanted.get("closed_at")
                content = CloseIncident(
                    incident=change.of,
                    area=area,
                    outcome=change.wanted.get("outcome"),
                    at=None if ended is None else datetime.fromisoformat(ended),
                )
                ref = f"{run.id}-{change.row}-close"
                facts += (await carried_out(desk, call, found.service, content, ref)).facts
        except Refusal as refusal:
            return _refused(change, refusal, tuple(facts))
        return RowResult(change.row, change.of, facts=tuple(facts))

    async def _report(
        self, desk: Desk, call: Call, change: Change, texts: Mapping[str, str]
    ) -> Sequence[str]:
        wanted, own = change.wanted, call.actor.organisation
        territory = self._operations.territory
        is_area = territory.area_of(own, call.now.date()) == own
        private = {name: Private(texts[name]) for name in change.private if name in texts}
        alarm = asking.Alarm(
            incident=change.of,
            incident_type=wanted.get("type"),
            lat=_number(wanted, "lat"),
            lon=_number(wanted, "lon"),
            municipality=wanted.get("municipality"),
            # A service's own file is of its own incidents; an area's is of those that cover them.
            service=None if is_area else own,
            urgency=wanted.get("urgency"),
            occurred_at=(
                datetime.fromisoformat(wanted["reported_at"]) if "reported_at" in wanted else None
            ),
            address=private.get("address"),
            callback=private.get("callback"),
            text=private.get("text"),
        )
        done = await asking.report(desk, call, territory, alarm, f"report-{change.of}")
        return done.facts

    async def _correct(
        self,
        desk: Desk,
        call: Call,
        run: Run,
        change: Change,
        whose: tuple[OrganisationId, OrganisationId],
    ) -> Sequence[str]:
        if not {each.name for each in change.fields} - {"state", "outcome"}:
            return ()
        owner, area = whose
        content = CorrectIncident(
            incident=change.of,
            area=area,
            incident_type=change.wanted.get("type"),
            municipality=change.wanted.get("municipality"),
            latitude=_number(change.wanted, "lat"),
            longitude=_number(change.wanted, "lon"),
            urgency=change.wanted.get("urgency"),
        )
        return (await carried_out(desk, call, owner, content, f"{run.id}-{change.row}")).facts


def _number(wanted: Mapping[str, str], name: str) -> float | None:
    return float(wanted[name]) if name in wanted else None


def _refused(change: Change, refusal: Refusal, facts: tuple[str, ...] = ()) -> RowResult:
    no = refusal.refused
    values = {name: str(value) for name, value in no.values.items()}
    return RowResult(change.row, change.of, facts=facts, refused=no.code, values=values)
