# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike: each in the name of its own organisation."""

from datetime import datetime

from bavn.capabilities.command.decisions import AppendWord, EndLead, NameLeader
from bavn.capabilities.command.decisions.reporting import TellReport
from bavn.capabilities.command.model.reporting import ReportForm
from bavn.capabilities.command.ports import Around, Scene
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private


async def name_leader(  # noqa: PLR0913 - a leader, and what is said of one
    desk: Desk,
    call: Call,
    around: Around,
    scene: Scene,
    *,
    role: str,
    callsign: str,
    name: Private | None,
    at: datetime | None,
    ref: str | None,
) -> Done:
    """Have it told who leads in a role."""
    owner = _teller(call, scene)
    content = NameLeader(
        incident=scene.incident,
        area=around.area_of(call, owner),
        role=role,
        callsign=callsign,
        name=name,
        at=at,
        assigned=owner in scene.assigned,
    )
    return await carried_out(desk, call, owner, content, ref)


async def end_lead(
    desk: Desk, call: Call, around: Around, scene: Scene, role: str, ref: str | None
) -> Done:
    """Have it told that nobody leads in a role any longer."""
    owner = _teller(call, scene)
    content = EndLead(incident=scene.incident, area=around.area_of(call, owner), role=role)
    return await carried_out(desk, call, owner, content, ref)


async def append(desk: Desk, call: Call, scene: Scene, text: Private, ref: str | None) -> Done:
    """Have a word kept for all who work at an incident."""
    owner = _teller(call, scene)
    others = tuple(each for each in scene.assigned if each != owner)
    content = AppendWord(
        incident=scene.incident, to=others, text=text, assigned=owner in scene.assigned
    )
    return await carried_out(desk, call, owner, content, ref)


async def report(  # noqa: PLR0913 - a report, and what is said of one
    desk: Desk,
    call: Call,
    scene: Scene,
    *,
    form: ReportForm,
    texts: dict[str, Private],
    at: datetime | None,
    next_at: datetime | None,
    next_min: int | None,
    by_radio: bool,
    ref: str | None,
) -> Done:
    """Have a report kept, in the name of the caller's organisation at the incident."""
    owner = _teller(call, scene)
    content = TellReport(
        incident=scene.incident,
        to=tuple(each for each in scene.assigned if each != owner),
        form=form,
        at=at,
        next_at=next_at,
        next_min=next_min,
        by_radio=by_radio,
        assigned=owner in scene.assigned,
        **texts,
    )
    return await carried_out(desk, call, owner, content, ref)


def _teller(call: Call, scene: Scene) -> OrganisationId:
    """In whose name: the incident's owner where one acts for it, else one's own organisation."""
    if scene.service in call.organisations:
        return scene.service
    own = (each for each in scene.assigned if each in call.organisations)
    return next(own, call.actor.organisation)
