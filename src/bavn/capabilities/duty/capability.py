# SPDX-License-Identifier: Apache-2.0
"""What duty brings to the house."""

import msgspec

from bavn.capabilities.duty import decisions
from bavn.capabilities.duty.api import HANDLERS
from bavn.capabilities.duty.facts import KINDS
from bavn.capabilities.duty.model.requests import (
    AssignTalkGroup,
    CallNumber,
    EndCall,
    ReleaseTalkGroup,
    RemoveTalkGroup,
    SetTalkGroup,
    SetWatches,
)
from bavn.capabilities.duty.pages import PAGES
from bavn.capabilities.duty.reactions import REACTIONS
from bavn.capabilities.duty.views import CALLS, GROUPS, USES, VIEWS, WATCHES
from bavn.frame.capability import Capability, MenuEntry, Panel, Way
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _known(reading: Reading, request: SetWatches, _owner: OrganisationId) -> frozenset[str]:
    return frozenset(
        each for each in request.removed if reading.row(WATCHES, f"watch:{each}", "") is not None
    )


def _watch(reading: Reading, request: CallNumber, _owner: OrganisationId) -> Row | None:
    return reading.row(WATCHES, f"watch:{request.watch}", "")


def _call(reading: Reading, request: EndCall, owner: OrganisationId) -> Row | None:
    rows = reading.rows(CALLS, {"owner": owner, "call": request.call})
    return next(iter(rows), None)


def _group(reading: Reading, request: RemoveTalkGroup, _owner: OrganisationId) -> Row | None:
    return reading.row(GROUPS, f"talkgroup:{request.id}")


def _nothing(_reading: Reading, _request: msgspec.Struct, _owner: OrganisationId) -> None:
    return None


def _use(
    reading: Reading, request: AssignTalkGroup, _owner: OrganisationId
) -> tuple[list[Row], list[Row]]:
    where = {"subject": f"talkgroup:{request.group}"}
    return reading.rows(GROUPS, where), reading.rows(USES, where)


def _held(reading: Reading, request: ReleaseTalkGroup, owner: OrganisationId) -> list[Row]:
    return reading.rows(USES, {"owner": owner, "incident": request.incident})


DECISIONS = (
    Decision(act="duty.set_watch", request=SetWatches, load=_known, decide=decisions.set_watches),
    Decision(act="duty.call_number", request=CallNumber, load=_watch, decide=decisions.call_number),
    Decision(act="duty.end_call", request=EndCall, load=_call, decide=decisions.end_call),
    Decision(
        act="duty.set_talk_group",
        request=SetTalkGroup,
        load=_nothing,
        decide=decisions.set_group,
    ),
    Decision(
        act="duty.remove_talk_group",
        request=RemoveTalkGroup,
        load=_group,
        decide=decisions.remove_group,
    ),
    Decision(
        act="duty.assign_talk_group",
        request=AssignTalkGroup,
        load=_use,
        decide=decisions.assign,
    ),
    Decision(
        act="duty.release_talk_group",
        request=ReleaseTalkGroup,
        load=_held,
        decide=decisions.release,
    ),
)

DUTY = Capability(
    name="duty",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS, reactions=REACTIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(MenuEntry(text="duty.menu", path="/duty", act="duty.read_duty"),),
    ways=(Way(about="incident", text="duty.way", path="/duty?incident={id}"),),
    panels=(Panel(about="incident", path="/incidents/{id}/groups-part", rank=55),),
)
