# SPDX-License-Identifier: Apache-2.0
"""What command brings to the house."""

from bavn.capabilities.command import decisions
from bavn.capabilities.command.api import HANDLERS
from bavn.capabilities.command.decisions import AppendWord, EndLead, NameLeader, reporting
from bavn.capabilities.command.decisions.reporting import TellReport
from bavn.capabilities.command.facts import KINDS
from bavn.capabilities.command.pages import PAGES
from bavn.capabilities.command.views import LEADERS, VIEWS
from bavn.frame.capability import Capability, Panel, Way
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _leaders(reading: Reading, request: NameLeader | EndLead, _owner: OrganisationId) -> list[Row]:
    return reading.rows(LEADERS, {"subject": decisions.subject_of(request.incident)})


def _nothing(_reading: Reading, _request: AppendWord | TellReport, _owner: OrganisationId) -> None:
    # Whosever incident it is, and whether it has been heard of here: a word is kept, a report too.
    return None


DECISIONS = (
    Decision(
        act="command.name_leader",
        request=NameLeader,
        load=_leaders,
        decide=decisions.name_leader,
    ),
    Decision(act="command.end_lead", request=EndLead, load=_leaders, decide=decisions.end_lead),
    Decision(act="command.append_word", request=AppendWord, load=_nothing, decide=decisions.append),
    Decision(act="command.tell_report", request=TellReport, load=_nothing, decide=reporting.tell),
)
COMMAND = Capability(
    name="command",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    ways=(Way(about="incident", text="command.report.tell", path="/incidents/{id}/report"),),
    panels=(
        Panel(about="incident", path="/incidents/{id}/command-part", rank=45),
        Panel(about="incident", path="/incidents/{id}/reports-part", rank=15),
    ),
)
