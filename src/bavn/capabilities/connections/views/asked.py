# SPDX-License-Identifier: Apache-2.0
"""What was asked of whom, and how far it has come: kept, heard, answered."""

from datetime import datetime
from typing import Literal

import msgspec

from bavn.capabilities.connections.facts import Answered, Asked
from bavn.capabilities.connections.views import ASKED
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.fact import Sealed
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private

State = Literal["kept", "heard", "taken", "declined"]
SHOWN_LIMIT = 100


class AskedNow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was asked. `is_ours` when the caller's organisation may answer it."""

    id: str
    asker: OrganisationId
    of: OrganisationId
    state: State
    is_ours: bool
    asked_at: datetime
    asked_by: str
    incident: str | None = None
    heard_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    text: str | None = None
    answer_text: str | None = None


async def asked_now(desk: Desk, call: Call) -> list[AskedNow]:
    """What the caller may read of all that was asked, the unanswered first, the newest first."""
    by_subject: dict[str, list[Row]] = {}
    for row in desk.query.rows(call.reader, ASKED):
        by_subject.setdefault(str(row["subject"]), []).append(row)
    found = [each for rows in by_subject.values() if (each := _one(call, rows)) is not None]
    found.sort(key=lambda each: (each.answered_at is not None, -each.asked_at.timestamp()))
    return [await _with_texts(desk, call, each) for each in found[:SHOWN_LIMIT]]


def _one(call: Call, rows: list[Row]) -> AskedNow | None:
    asked = next((row for row in rows if row["of"] is not None), None)
    if asked is None:
        return None
    of = OrganisationId(str(asked["of"]))
    theirs = next((row for row in rows if row["owner"] == of and row["asker"]), None)
    given = None if theirs is None else theirs["answer"]
    return AskedNow(
        id=str(asked["subject"]),
        asker=OrganisationId(str(asked["owner"])),
        of=of,
        state=_state(theirs),
        is_ours=of in call.organisations and given is None,
        asked_at=instant_of(_number(asked, "asked_at_ms")),
        asked_by=str(asked["asked_by"]),
        incident=None if asked["incident"] is None else str(asked["incident"]),
        heard_at=None if theirs is None else instant_of(_number(theirs, "heard_at_ms")),
        answered_at=(
            None
            if theirs is None or given is None
            else instant_of(_number(theirs, "answered_at_ms"))
        ),
        answered_by=None if theirs is None or given is None else str(theirs["answered_by"]),
    )


def _state(theirs: Row | None) -> State:
    if theirs is None:
        return "kept"
    match theirs["answer"]:
        case "taken":
            return "taken"
        case "declined":
            return "declined"
        case _:
            return "heard"


async def _with_texts(desk: Desk, call: Call, one: AskedNow) -> AskedNow:
    text = await _text(desk, call, one.asker, one.id)
    answer_text = await _text(desk, call, one.of, one.id)
    return msgspec.structs.replace(one, text=text, answer_text=answer_text)


async def _text(desk: Desk, call: Call, owner: OrganisationId, subject: str) -> str | None:
    """What an organisation wrote about it, for who may read that."""
    for item in desk.query.history(call.reader, owner, subject):
        body_type = _BODIES.get(item.fact.kind)
        if body_type is None:
            continue
        sealed: Sealed | None = msgspec.json.decode(item.fact.body, type=body_type).text
        if sealed is not None:
            text = await desk.reveal(call.reader, owner, sealed)
            return text.reveal() if isinstance(text, Private) else None
    return None


_BODIES: dict[str, type[Asked] | type[Answered]] = {
    "connections.asked": Asked,
    "connections.answered": Answered,
}


def _number(row: Row, name: str) -> int:
    value = row[name]
    assert isinstance(value, int), "the view says so"
    return value
