# SPDX-License-Identifier: Apache-2.0
"""What receiving brings to the house."""

from bavn.capabilities.receiving import decisions
from bavn.capabilities.receiving.api import HANDLERS
from bavn.capabilities.receiving.facts import KINDS
from bavn.capabilities.receiving.model.requests import (
    MapAlarmCode,
    NoteAlarm,
    NoteAnswer,
    NoteRepeat,
    SetAlarmRule,
)
from bavn.capabilities.receiving.pages import PAGES
from bavn.capabilities.receiving.views import VIEWS
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.kernel.identity import OrganisationId


def _nothing(_reading: Reading, _request: object, _owner: OrganisationId) -> None:
    # What is kept of an alarm waits for no look-up, and a rule replaces whatever stood.
    return None


DECISIONS = (
    Decision(
        act="receiving.take_alarm",
        request=NoteAlarm,
        load=_nothing,
        decide=decisions.note_alarm,
        alarm=True,
    ),
    Decision(
        act="receiving.note_repeat",
        request=NoteRepeat,
        load=_nothing,
        decide=decisions.note_repeat,
        alarm=True,
    ),
    Decision(
        act="receiving.note_answer",
        request=NoteAnswer,
        load=_nothing,
        decide=decisions.note_answer,
        alarm=True,
    ),
    Decision(
        act="receiving.set_rule", request=SetAlarmRule, load=_nothing, decide=decisions.set_rule
    ),
    Decision(
        act="receiving.map_code", request=MapAlarmCode, load=_nothing, decide=decisions.map_code
    ),
)
RECEIVING = Capability(
    name="receiving",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(MenuEntry(text="receiving.menu", path="/alarms/new", act="receiving.take_alarm"),),
    panels=(Panel(about="incident", path="/incidents/{id}/alarm-part", rank=35),),
)
