# SPDX-License-Identifier: Apache-2.0
"""What operations brings to the house."""

from bavn.capabilities.operations import decisions
from bavn.capabilities.operations.decisions import CloseIncident, NoteIncident, ReportIncident
from bavn.capabilities.operations.facts import KINDS
from bavn.capabilities.operations.views import INCIDENT_BOARD, VIEWS
from bavn.frame.capability import Capability
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _on_board(
    reading: Reading, request: NoteIncident | CloseIncident, _owner: OrganisationId
) -> Row | None:
    return reading.row(INCIDENT_BOARD, decisions.subject_of(request.incident))


def _unseen(_reading: Reading, _request: ReportIncident, _owner: OrganisationId) -> None:
    # An alarm waits for no look-up: it is told whatever stands on the board.
    return None


DECISIONS = (
    Decision(
        act="operations.report_incident",
        request=ReportIncident,
        load=_unseen,
        decide=decisions.report,
        alarm=True,
    ),
    Decision(
        act="operations.note_incident",
        request=NoteIncident,
        load=_on_board,
        decide=decisions.note,
    ),
    Decision(
        act="operations.close_incident",
        request=CloseIncident,
        load=_on_board,
        decide=decisions.close,
    ),
)

OPERATIONS = Capability(name="operations", part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS))
