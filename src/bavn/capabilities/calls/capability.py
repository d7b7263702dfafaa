# SPDX-License-Identifier: Apache-2.0
"""What calls brings to the house."""

from bavn.capabilities.calls import decisions
from bavn.capabilities.calls.decisions import AnswerQuestion
from bavn.capabilities.calls.facts import KINDS
from bavn.capabilities.calls.pages import PAGES
from bavn.capabilities.calls.views import DOCUMENTATION, VIEWS
from bavn.frame.capability import Capability, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.kernel.identity import OrganisationId


def _is_known(reading: Reading, request: AnswerQuestion, _owner: OrganisationId) -> bool:
    return reading.row(DOCUMENTATION, decisions.subject_of(request.incident)) is not None


DECISIONS = (
    Decision(
        act="calls.answer_question",
        request=AnswerQuestion,
        load=_is_known,
        decide=decisions.answer,
    ),
)
CALLS = Capability(
    name="calls",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=PAGES,
    panels=(
        Panel(about="incident", path="/incidents/{id}/call-part", rank=40),
        Panel(about="board", path="/calls/missing-part"),
    ),
)
