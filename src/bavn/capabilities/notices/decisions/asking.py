# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: always in the own organisation's name."""

from datetime import datetime

import msgspec

from bavn.capabilities.notices.decisions import TellNotice, WithdrawNotice, notice_id
from bavn.capabilities.notices.facts import Where
from bavn.capabilities.notices.ports import Around
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.journal.decision import Done
from bavn.kernel.refusal import Refused


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it came, by its sender's own number."""

    number: str
    kind: str
    step: str
    title: str
    text: str = ""
    source: str
    link: str = ""
    issued_at: datetime | None = None
    valid_from: datetime
    valid_to: datetime
    where: Where


async def tell(
    desk: Desk, call: Call, around: Around, telling: Telling, ref: str | None
) -> tuple[str, Done]:
    """The notice's id, when it is told."""
    _look(around, telling)
    owner = call.actor.organisation
    id_ = notice_id(owner, call.sender, telling.number)
    content = TellNotice(
        id=id_, area=around.area_of(call, owner), **msgspec.structs.asdict(telling)
    )
    return id_, await carried_out(desk, call, owner, content, ref)


async def withdraw(desk: Desk, call: Call, around: Around, id_: str, ref: str | None) -> Done:
    """Have one withdrawn that the own organisation has told."""
    owner = call.actor.organisation
    content = WithdrawNotice(id=id_, area=around.area_of(call, owner))
    return await carried_out(desk, call, owner, content, ref)


def _look(around: Around, telling: Telling) -> None:
    """Raise for what the country does not know."""
    if telling.kind not in {each.code for each in around.kinds}:
        raise _refusal("notice_kind_unlisted", "There is no such kind of notice.", telling.kind)
    if telling.step not in {each.code for each in around.steps}:
        raise _refusal("notice_step_unlisted", "There is no such step.", telling.step)
    unknown = {*telling.where.municipalities} - {each.code for each in around.municipalities}
    if unknown:
        says = "There is no such municipality."
        raise _refusal("notice_place_unlisted", says, ", ".join(sorted(unknown)))


def _refusal(code: str, says: str, what: str) -> Refusal:
    # What was sent is cut where it is quoted: it may be as long as a body.
    values = {"what": what[:64]}
    return Refusal(
        Refused(code=code, says=says, try_instead="Take one of the country's list.", values=values)
    )
