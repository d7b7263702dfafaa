# SPDX-License-Identifier: Apache-2.0
"""What objects bring to the house."""

from bavn.capabilities.objects import decisions
from bavn.capabilities.objects.api import HANDLERS
from bavn.capabilities.objects.decisions import Standing, incident_subject, object_subject
from bavn.capabilities.objects.facts import KINDS
from bavn.capabilities.objects.model.requests import (
    ConfirmObjectList,
    LinkObject,
    NoteReading,
    ShareCard,
    TellObjects,
)
from bavn.capabilities.objects.pages import PAGES
from bavn.capabilities.objects.views import ALARM_NUMBERS, INCIDENT_OBJECTS, OBJECTS, VIEWS
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _standing(reading: Reading, request: TellObjects, owner: OrganisationId) -> dict[str, Standing]:
    found = {id_: Standing(row=_row(reading, id_)) for id_ in request.ended}
    for each in request.told:
        subject = object_subject(each.id)
        taken = [
            number
            for number in each.described.alarm_numbers
            for row in reading.rows(ALARM_NUMBERS, {"owner": owner, "number": number})
            if row["subject"] != subject
        ]
        found[each.id] = Standing(row=_row(reading, each.id), taken=tuple(dict.fromkeys(taken)))
    return found


def _row(reading: Reading, id_: str) -> Row | None:
    return reading.row(OBJECTS, object_subject(id_))


def _linked(reading: Reading, request: ShareCard, _owner: OrganisationId) -> Row | None:
    return reading.row(INCIDENT_OBJECTS, incident_subject(request.incident))


def _nothing(_reading: Reading, _request: object, _owner: OrganisationId) -> None:
    return None


DECISIONS = (
    Decision(act="objects.describe", request=TellObjects, load=_standing, decide=decisions.tell),
    Decision(
        act="objects.confirm_list",
        request=ConfirmObjectList,
        load=_nothing,
        decide=decisions.confirm_list,
    ),
    Decision(
        act="objects.link_incident",
        request=LinkObject,
        load=_nothing,
        decide=decisions.link,
        alarm=True,
    ),
    Decision(act="objects.share_card", request=ShareCard, load=_linked, decide=decisions.share),
    Decision(
        act="objects.read_card",
        request=NoteReading,
        load=_nothing,
        decide=decisions.note_reading,
    ),
)
OBJECTS_PART = Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS)
OBJECT_CARDS = Capability(
    name="objects",
    part=OBJECTS_PART,
    handlers=(*HANDLERS, *PAGES),
    menu=(MenuEntry(text="objects.menu", path="/objects", act="objects.read_objects"),),
    panels=(Panel(about="incident", path="/incidents/{id}/object-part", rank=30),),
)
