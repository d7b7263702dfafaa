# SPDX-License-Identifier: Apache-2.0
"""What needs bring to the house."""

from bavn.capabilities.needs import decisions
from bavn.capabilities.needs.api import HANDLERS
from bavn.capabilities.needs.decisions import AnswerNeed, AskNeed, TakeBackNeed
from bavn.capabilities.needs.facts import KINDS
from bavn.capabilities.needs.model.requests import SeeNeed
from bavn.capabilities.needs.pages import PAGES
from bavn.capabilities.needs.reactions import REACTIONS
from bavn.capabilities.needs.views import ASKED, VIEWS
from bavn.frame.capability import Capability, Panel, Way
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, is_subject


def _nothing(_reading: Reading, _request: AskNeed, _owner: OrganisationId) -> None:
    # Whatever else is known: what the scene needs is told.
    return None


def _asked(
    reading: Reading, request: AnswerNeed | SeeNeed | TakeBackNeed, _owner: OrganisationId
) -> list[Row]:
    subject = decisions.need_subject(request.need)
    if not is_subject(subject):
        return []
    return [row for view in ASKED for row in reading.rows(view, {"subject": subject})]


DECISIONS = (
    Decision(
        act="needs.ask_need", request=AskNeed, load=_nothing, decide=decisions.ask, alarm=True
    ),
    Decision(act="needs.answer_need", request=AnswerNeed, load=_asked, decide=decisions.answer),
    Decision(act="needs.see_need", request=SeeNeed, load=_asked, decide=decisions.see),
    Decision(
        act="needs.take_back_need", request=TakeBackNeed, load=_asked, decide=decisions.take_back
    ),
)
NEEDS = Capability(
    name="needs",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS, reactions=REACTIONS),
    handlers=(*HANDLERS, *PAGES),
    ways=(Way(about="incident", text="needs.ask", path="/incidents/{id}/needs"),),
    panels=(
        Panel(about="incident", path="/incidents/{id}/needs-part", rank=12),
        Panel(about="scene", path="/incidents/{id}/needs-part", rank=12),
    ),
)
