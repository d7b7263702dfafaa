# SPDX-License-Identifier: Apache-2.0
"""Sending by itself what a service's rule says: once, and what came of it is kept."""

import msgspec

from bavn.capabilities.receiving.decisions.taking import Taken
from bavn.capabilities.receiving.model.requests import NoteAnswer
from bavn.capabilities.receiving.model.rule import Result, verdict
from bavn.capabilities.receiving.ports import Around, Kept
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a rule; the units are those that were sent."""

    result: Result
    units: tuple[str, ...] = ()


async def sent_for(desk: Desk, call: Call, around: Around, kept: Kept, taken: Taken) -> Sent | None:
    """Have a new alarm sent where a rule says so; one that was here before is left to people."""
    if taken.repeated or not taken.sends:
        return None
    here, own_desk = around.at(desk, taken.reported.service)
    return await send_by_rule(own_desk, call, here, kept, taken)


async def send_by_rule(desk: Desk, call: Call, around: Around, kept: Kept, taken: Taken) -> Sent:
    """Send what is proposed where the rule lets it; never raises, and never sends twice.

    The order has a number made of the incident alone: asked again with whatever else is proposed
    by then, it is known and nobody is called.

    Runbook for an alarm that was to send itself and did not (loud on the board): it stands there
    with its proposal, and nobody has been sent. Send it by its page. `receiving.send_failed` in the
    node's log says what broke; until that is mended, set the rule so that people send.
    """
    reported = taken.reported
    machine = around.machine(call, reported.service)
    try:
        sent = await _sent(desk, machine, around, kept, taken)
    except Refusal as refusal:
        around.failed("receiving.nothing_to_send", refusal)
        sent = Sent(result=Result.NOTHING_PROPOSED)
    except Exception as error:  # noqa: BLE001 - the alarm stands, and says that nobody was sent
        around.failed("receiving.send_failed", error)
        sent = Sent(result=Result.FAILED)
    content = NoteAnswer(incident=reported.incident, result=sent.result, units=sent.units)
    number = f"answered-{reported.incident}"
    try:
        await carried_out(desk, machine, reported.service, content, number)
    except Exception as error:  # noqa: BLE001 - whoever was sent is sent
        around.failed("receiving.answer_not_kept", error)
    return sent


async def _sent(desk: Desk, machine: Call, around: Around, kept: Kept, taken: Taken) -> Sent:
    reported = taken.reported
    today = around.today(machine.now)
    rule = kept.rule_for(around, reported.service, taken.type, today)
    if rule is None:
        return Sent(result=Result.FAILED)
    offered = around.propose(machine, reported.incident).offered
    result = verdict(rule, offered)
    if result is not Result.SENT:
        return Sent(result=result)
    number = f"alarm-{reported.incident}"
    await around.order(desk, machine, reported.incident, offered.units, number)
    return Sent(result=result, units=offered.units)
