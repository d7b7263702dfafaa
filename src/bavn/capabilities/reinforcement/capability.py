# SPDX-License-Identifier: Apache-2.0
"""What reinforcement brings to the house."""

from bavn.capabilities.reinforcement import decisions
from bavn.capabilities.reinforcement.api import HANDLERS
from bavn.capabilities.reinforcement.decisions import (
    AnswerHelp,
    Ask,
    CallAssistance,
    DemandHelp,
    NoLongerNeed,
)
from bavn.capabilities.reinforcement.facts import KINDS
from bavn.capabilities.reinforcement.pages import PAGES
from bavn.capabilities.reinforcement.views import ASKED, VIEWS
from bavn.frame.capability import Capability, MenuEntry, Panel, Way
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, is_subject


def _unseen(_reading: Reading, _request: Ask, _owner: OrganisationId) -> None:
    # Help is asked for whatever stands on the board.
    return None


def _asked(
    reading: Reading, request: AnswerHelp | NoLongerNeed, _owner: OrganisationId
) -> list[Row]:
    subject = decisions.asked_subject(request.asked)
    return reading.rows(ASKED, {"subject": subject}) if is_subject(subject) else []


DECISIONS = (
    Decision(
        act="reinforcement.call_assistance",
        request=CallAssistance,
        load=_unseen,
        decide=decisions.call,
        alarm=True,
    ),
    Decision(
        act="reinforcement.demand_help", request=DemandHelp, load=_unseen, decide=decisions.demand
    ),
    Decision(
        act="reinforcement.answer_help", request=AnswerHelp, load=_asked, decide=decisions.answer
    ),
    Decision(act="reinforcement.end_help", request=NoLongerNeed, load=_asked, decide=decisions.end),
)
REINFORCEMENT = Capability(
    name="reinforcement",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(
        MenuEntry(text="reinforcement.menu", path="/reinforcement", act="reinforcement.read_help"),
    ),
    ways=(Way(about="incident", text="reinforcement.ask", path="/incidents/{id}/assistance"),),
    panels=(Panel(about="incident", path="/incidents/{id}/assistance-part", rank=25),),
)
