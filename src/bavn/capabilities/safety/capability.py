# SPDX-License-Identifier: Apache-2.0
"""What safety at the scene brings to the house."""

from bavn.capabilities.safety import decisions
from bavn.capabilities.safety.api import HANDLERS
from bavn.capabilities.safety.decisions import (
    AtScene,
    EndMayday,
    EnterTeam,
    TellMayday,
    TellTeam,
    rolls,
)
from bavn.capabilities.safety.decisions.rolls import CallRoll, CloseRoll
from bavn.capabilities.safety.facts import KINDS
from bavn.capabilities.safety.model.roll import RollWord
from bavn.capabilities.safety.model.teams import Step
from bavn.capabilities.safety.model.told import roll_word_of, step_of
from bavn.capabilities.safety.pages import PAGES
from bavn.capabilities.safety.views import ROLLS, STEPS, VIEWS
from bavn.frame.capability import Capability, Panel, Way
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.kernel.identity import OrganisationId


def _steps(reading: Reading, request: AtScene, _owner: OrganisationId) -> list[Step]:
    rows = reading.rows(STEPS, {"subject": decisions.subject_of(request.incident)})
    return list({str(row["fact"]): step_of(row) for row in rows}.values())


def _words(
    reading: Reading, request: CallRoll | CloseRoll, _owner: OrganisationId
) -> list[RollWord]:
    rows = reading.rows(ROLLS, {"subject": decisions.subject_of(request.incident)})
    return [roll_word_of(row) for row in rows]


DECISIONS = (
    Decision(act="safety.enter_team", request=EnterTeam, load=_steps, decide=decisions.enter),
    Decision(act="safety.tell_team", request=TellTeam, load=_steps, decide=decisions.tell),
    Decision(
        act="safety.tell_mayday",
        request=TellMayday,
        load=_steps,
        decide=decisions.mayday,
        alarm=True,
    ),
    Decision(act="safety.end_mayday", request=EndMayday, load=_steps, decide=decisions.end_mayday),
    Decision(act="safety.call_roll", request=CallRoll, load=_words, decide=rolls.call_roll),
    Decision(act="safety.close_roll", request=CloseRoll, load=_words, decide=rolls.close_roll),
)
SAFETY = Capability(
    name="safety",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    ways=(
        Way(about="incident", text="safety.divers.title", path="/incidents/{id}/divers"),
        Way(about="incident", text="safety.roll.title", path="/incidents/{id}/roll-call"),
    ),
    panels=(
        Panel(about="scene", path="/incidents/{id}/safety-part", rank=10),
        Panel(about="incident", path="/incidents/{id}/safety-part?brief=yes", rank=12),
    ),
)
