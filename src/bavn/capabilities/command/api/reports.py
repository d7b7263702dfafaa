# SPDX-License-Identifier: Apache-2.0
"""Reports from a scene, and when the next one is due."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.command.api.command import PATH, Body, Ref
from bavn.capabilities.command.decisions import asking
from bavn.capabilities.command.model.reporting import FIELDS, NEXT_MIN_MOST, ReportForm
from bavn.capabilities.command.views.reports import ReportsNow
from bavn.capabilities.command.views.room import RoomGiven
from bavn.frame.given import CallGiven, DeskGiven
from bavn.kernel.instants import Instant
from bavn.kernel.private import Private

NextMin = Annotated[int, msgspec.Meta(ge=1, le=NEXT_MIN_MOST)]


class ReportBody(Body, frozen=True, kw_only=True):
    """What is reported; the texts are sealed. `at` is when it was given, now when left out.

    The next one comes at `next_at`, or `next_min` minutes after this one; with neither none is
    agreed. `by_radio` tells that it was read to whoever sends it.
    """

    form: ReportForm
    seen: str | None = None
    done: str | None = None
    needed: str | None = None
    leads: str | None = None
    at: Instant | None = None
    next_at: Instant | None = None
    next_min: NextMin | None = None
    by_radio: bool = False
    sender_ref: Ref | None = None


@get(
    PATH + "/reports",
    opt={"act": "command.read_command"},
    summary="What was reported from a scene, and when the next report is due",
)
async def reports(
    incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven
) -> ReportsNow:
    """As the caller may read it."""
    return await command.reports.of(desk, call, command.around.scene(call, incident_id))


@post(
    PATH + "/reports",
    opt={"act": "command.tell_report"},
    summary="Report from a scene to all who work there",
)
async def report(
    incident_id: str,
    data: JSONBody[ReportBody],
    call: CallGiven,
    desk: DeskGiven,
    command: RoomGiven,
) -> ReportsNow:
    """A fact of the caller's own organisation, whosever incident it is."""
    scene = command.around.scene(call, incident_id)
    said = {name: getattr(data, name) for name in FIELDS}
    await asking.report(
        desk,
        call,
        scene,
        form=data.form,
        texts={name: Private(text) for name, text in said.items() if text is not None},
        at=data.at,
        next_at=data.next_at,
        next_min=data.next_min,
        by_radio=data.by_radio,
        ref=data.sender_ref,
    )
    return await command.reports.of(desk, call, scene)


HANDLERS = (reports, report)
