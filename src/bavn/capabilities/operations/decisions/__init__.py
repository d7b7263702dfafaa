# SPDX-License-Identifier: Apache-2.0
"""What can be asked of operations, and how it is decided: from the row on the board to facts."""

from bavn.capabilities.operations.decisions.deciding import (
    CloseIncident,
    CorrectIncident,
    Known,
    NoteIncident,
    ReportIncident,
    Said,
    SetUnitStatus,
    close,
    correct,
    note,
    report,
    subject_of,
    unit_subject,
)
from bavn.capabilities.operations.decisions.standing import set_status

__all__ = [
    "CloseIncident",
    "CorrectIncident",
    "Known",
    "NoteIncident",
    "ReportIncident",
    "Said",
    "SetUnitStatus",
    "close",
    "correct",
    "note",
    "report",
    "set_status",
    "subject_of",
    "unit_subject",
]
