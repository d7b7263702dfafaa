# SPDX-License-Identifier: Apache-2.0
"""The rows that the decisions of connections are made on, read inside their transaction."""

from bavn.capabilities.connections.views import ASKED
from bavn.journal.decision import Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject


def asked(reading: Reading, subject: Subject) -> list[Row]:
    """What is known of one thing that was asked, by all who told of it."""
    return reading.rows(ASKED, {"subject": subject})


def unanswered_alarms(reading: Reading, owner: OrganisationId) -> list[Row]:
    """The alarms that were taken elsewhere for an owner and that nobody has taken up."""
    rows = [row for row in reading.rows(ASKED, {"of": owner}) if row["incident"] is not None]
    waiting = [
        row
        for row in rows
        if not any(
            each["owner"] == owner and each["answer"] for each in asked(reading, _subject(row))
        )
    ]
    once = {str(row["subject"]): row for row in waiting}
    return sorted(once.values(), key=lambda row: (str(row["asked_at_ms"]), str(row["subject"])))


def _subject(row: Row) -> Subject:
    return Subject(str(row["subject"]))
