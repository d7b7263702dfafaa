# SPDX-License-Identifier: Apache-2.0
"""Coded alarms: taken in, and how an incident came in."""

from typing import Any

import msgspec
from litestar import Request, get, post

from bavn.capabilities.receiving.api.bodies import AlarmAnswer, Lacks, TakenAnswer, Wrong
from bavn.capabilities.receiving.api.reading import alarm_in
from bavn.capabilities.receiving.decisions.sending import Sent, sent_for
from bavn.capabilities.receiving.decisions.taking import Taken, take
from bavn.capabilities.receiving.views.looking import Room, RoomGiven, alarm_at
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.lenient import Fields
from bavn.kernel.refusal import Problem


@post(
    "/api/v1/alarms",
    opt={"act": "receiving.take_alarm"},
    summary="A coded alarm: from 1-1-2, or from an automatic fire alarm",
)
async def take_alarm(
    request: Request[Any, Any, Any], call: CallGiven, desk: DeskGiven, receiving: RoomGiven
) -> TakenAnswer:
    """On the board before anything else; never refused. What cannot be read is listed.

    `code` is a type of the country's, or what the service has said that it means; `alarm_number`
    names an object, which gives owner, place and card. `place` (`lat`, `lon`), `address`,
    `municipality`, `service`, `urgency`, `callback`, `text`, `occurred_at` and `sender_ref` are as
    for an incident.
    """
    fields = Fields.of(await request.body())
    ref, alarm = fields.ref(), alarm_in(fields, call.now)
    problems = fields.finish()
    taken = await take(desk, call, receiving.around, receiving.records, alarm, ref)
    sent = await sent_for(desk, call, receiving.around, receiving.records, taken)
    return await _answer(desk, call, receiving, taken, sent, problems)


@get(
    "/api/v1/incidents/{incident_id:str}/alarm",
    opt={"act": "receiving.read_alarms"},
    summary="How an incident came in, where it was a coded alarm",
)
async def alarm(incident_id: str, call: CallGiven, desk: DeskGiven) -> AlarmAnswer:
    """For the service whose incident it is."""
    return AlarmAnswer(alarm=alarm_at(desk.query, call.reader, incident_id))


async def _answer(
    desk: Desk,
    call: Call,
    room: Room,
    taken: Taken,
    sent: Sent | None,
    problems: tuple[Problem, ...],
) -> TakenAnswer:
    reported = taken.reported
    around, own_desk = room.around.at(desk, reported.service)
    machine = around.machine(call, reported.service)
    found, proposal, lacks = None, None, None
    try:
        proposal = around.propose(machine, reported.incident).proposal
    except Refusal as refusal:
        lacks = Lacks(code=refusal.refused.code, says=refusal.refused.says)
    except Exception as error:  # noqa: BLE001 - the alarm is taken, whatever the answer lacks
        around.failed("receiving.not_proposed", error)
        lacks = Lacks(code="failed", says="The proposal broke; send by name.")
    if taken.at is not None:
        try:
            found = await around.card(own_desk, call, reported.incident)
        except Exception as error:  # noqa: BLE001 - same
            around.failed("receiving.card_not_opened", error)
    return TakenAnswer(
        id=reported.incident,
        service=reported.service,
        area=reported.area,
        owner_by=reported.owner_by,
        type=taken.type,
        alarm_number=taken.number,
        repeated=taken.repeated,
        repeat_count=taken.repeat_count,
        at=taken.at,
        object=None if found is None else msgspec.to_builtins(found),
        recommendation=None if proposal is None else msgspec.to_builtins(proposal),
        lacks=lacks,
        sent=sent,
        problems=tuple(
            Wrong(where=each.where, says=each.says) for each in (*problems, *taken.problems)
        ),
    )


HANDLERS = (take_alarm, alarm)
