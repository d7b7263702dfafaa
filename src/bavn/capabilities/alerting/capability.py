# SPDX-License-Identifier: Apache-2.0
"""What alerting brings to the house, with the rules that a country begins with."""

from collections.abc import Sequence
from typing import Any

import msgspec

from bavn.capabilities.alerting.api import HANDLERS
from bavn.capabilities.alerting.decisions import calling, keeping
from bavn.capabilities.alerting.decisions.calling import Ground
from bavn.capabilities.alerting.facts import KINDS
from bavn.capabilities.alerting.model.escalating import Rule
from bavn.capabilities.alerting.model.requests import (
    BeginCallout,
    EndCallouts,
    Escalate,
    GiveReceipt,
    HearUnit,
    Inform,
    NoteFailed,
    NoteHandedOver,
    RemoveAddress,
    SetAddress,
    SetAlertRule,
    SetInformRule,
    callout_of,
)
from bavn.capabilities.alerting.pages import PAGES
from bavn.capabilities.alerting.reactions import REACTIONS
from bavn.capabilities.alerting.views import (
    ADDRESSES,
    ALERTS,
    CALLOUTS,
    INFORMED,
    PLACES,
    RULES,
    UNITS,
    VIEWS,
)
from bavn.capabilities.alerting.views.rows import address_of, rule_of
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Context, Decision, Reading
from bavn.journal.fact import Draft
from bavn.journal.reaction import Timer
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _ground(reading: Reading, request: BeginCallout, owner: OrganisationId) -> Ground:
    units = reading.rows(UNITS, {"subject": f"unit:{request.unit}"})
    # Where two owners have told of it, ours is meant; else whoever comes first.
    mine = next((row for row in units if row["owner"] == owner), None) or next(iter(units), None)
    book = [address_of(row) for row in reading.rows(ADDRESSES, {"owner": owner})]
    where = {"owner": owner, "unit": request.unit, "incident": request.incident}
    return Ground(
        service=None if mine is None else OrganisationId(str(mine["owner"])),
        station="" if mine is None else str(mine["station"]),
        addresses=book,
        is_used=bool(book),
        rules=[rule_of(row) for row in reading.rows(RULES, {"owner": owner})],
        callouts=reading.rows(CALLOUTS, where),
        place=reading.row(PLACES, f"incident:{request.incident}"),
    )


def _callout(reading: Reading, request: Escalate, _owner: OrganisationId) -> Row | None:
    return reading.row(CALLOUTS, f"callout:{request.callout}")


def _alerts(
    reading: Reading, request: NoteHandedOver | NoteFailed | GiveReceipt, owner: OrganisationId
) -> list[Row]:
    subject = f"callout:{callout_of(request.alert)}"
    return reading.rows(ALERTS, {"owner": owner, "subject": subject})


def _whole(
    reading: Reading, request: NoteFailed | GiveReceipt, owner: OrganisationId
) -> tuple[Row | None, list[Row]]:
    callout = reading.row(CALLOUTS, f"callout:{callout_of(request.alert)}")
    return callout, _alerts(reading, request, owner)


def _of_unit(reading: Reading, request: HearUnit, owner: OrganisationId) -> list[Row]:
    return reading.rows(CALLOUTS, {"owner": owner, "unit": request.unit})


def _of_incident(reading: Reading, request: EndCallouts, owner: OrganisationId) -> list[Row]:
    return reading.rows(CALLOUTS, {"owner": owner, "incident": request.incident})


def _nothing(_reading: Reading, _request: msgspec.Struct, _owner: OrganisationId) -> None:
    return None


def _kept(reading: Reading, request: RemoveAddress, _owner: OrganisationId) -> Row | None:
    return reading.row(ADDRESSES, f"alert_address:{request.id}")


def _told(reading: Reading, request: Inform, _owner: OrganisationId) -> Row | None:
    return reading.row(INFORMED, f"incident:{request.incident}", request.who)


def _decisions(country: Rule) -> tuple[Decision, ...]:
    def begin(ground: Ground, request: BeginCallout, context: Context) -> Sequence[Draft]:
        return calling.begin(ground, request, context, country)

    def of(
        act: str, request: type[msgspec.Struct], load: Any, decide: Any, *, alarm: bool = False
    ) -> Decision:
        name = f"alerting.{act}"
        return Decision(act=name, request=request, load=load, decide=decide, alarm=alarm)

    return (
        of("begin_callout", BeginCallout, _ground, begin, alarm=True),
        of("escalate", Escalate, _callout, calling.escalate, alarm=True),
        of("note_handed_over", NoteHandedOver, _alerts, calling.note_handed_over),
        of("note_failed", NoteFailed, _whole, calling.note_failed, alarm=True),
        of("give_receipt", GiveReceipt, _whole, calling.receipt),
        of("hear_unit", HearUnit, _of_unit, calling.hear_unit),
        of("end_callouts", EndCallouts, _of_incident, calling.end),
        of("set_address", SetAddress, _nothing, keeping.set_address),
        of("remove_address", RemoveAddress, _kept, keeping.remove_address),
        of("set_rule", SetAlertRule, _nothing, keeping.set_rule),
        of("set_inform_rule", SetInformRule, _nothing, keeping.set_inform_rule),
        of("inform", Inform, _told, keeping.inform),
    )


TIMER = Timer(
    name="escalate",
    view=CALLOUTS,
    due_column="due_at_ms",
    request=lambda row: Escalate(
        callout=str(row["subject"]).partition(":")[2], step=int(str(row["step"])) + 1
    ),
)


def alerting(country: Rule) -> Capability:
    """The capability, for a country whose own rule holds where a service has none."""
    return Capability(
        name="alerting",
        part=Part(
            kinds=KINDS,
            views=VIEWS,
            decisions=_decisions(country),
            reactions=REACTIONS,
            timers=(TIMER,),
        ),
        handlers=(*HANDLERS, *PAGES),
        menu=(MenuEntry(text="alerting.menu", path="/alerting", act="alerting.read_addresses"),),
        panels=(
            Panel(about="incident", path="/incidents/{id}/alerts-part", rank=20),
            Panel(about="incident", path="/incidents/{id}/inform-part", rank=60),
        ),
    )
