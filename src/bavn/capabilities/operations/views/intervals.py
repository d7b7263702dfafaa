# SPDX-License-Identifier: Apache-2.0
"""The intervals of an incident's units, read from their words."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from bavn.capabilities.operations.model.intervals import Span, Turnout, UnitWord, turnouts
from bavn.capabilities.operations.model.unit import UnitFlag
from bavn.capabilities.operations.views.tables import UNIT_PICTURE, UNIT_WORDS
from bavn.journal.reader import NOBODY, Query
from bavn.kernel.instants import instant_of

COLUMNS = (
    "incident",
    "unit",
    "number",
    "alerted_at",
    "left_at",
    "arrived_at",
    "ended_at",
    "afgang_s",
    "afgang_missing",
    "koersel_s",
    "koersel_missing",
    "respons_s",
    "respons_missing",
    "flags",
)


def turnouts_of(query: Query, incidents: Sequence[str]) -> list[Turnout]:
    """All courses of all units to incidents that are one."""
    words = [
        UnitWord(
            unit=str(row["unit"]),
            status=str(row["status"]),
            at=instant_of(int(str(row["at_ms"]))),
            flags=tuple(str(row["flags"]).split()),
        )
        for name in incidents
        for row in query.rows(NOBODY, UNIT_WORDS, {"subject": f"incident:{name}"})
        # A word that a higher source's stands above is kept, and is not where the unit stood.
        if UnitFlag.OUTRANKED not in str(row["flags"]).split()
    ]
    elsewhere = {
        unit
        for unit in {word.unit for word in words}
        for row in query.rows(NOBODY, UNIT_PICTURE, {"subject": f"unit:{unit}"})
        if row["incident"] not in incidents
    }
    return turnouts(words, elsewhere)


def sheet_of(incident: str, courses: Iterable[Turnout]) -> str:
    """The same as a table for a spreadsheet: CSV (RFC 4180), instants in UTC."""
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(COLUMNS)
    for each in courses:
        spans = (*_cells(each.afgang), *_cells(each.koersel), *_cells(each.respons))
        instants = (each.alerted_at, each.left_at, each.arrived_at, each.ended_at)
        sheet.writerow(
            (
                incident,
                each.unit,
                each.number,
                *map(_instant, instants),
                *spans,
                " ".join(each.flags),
            )
        )
    return written.getvalue()


def _cells(span: Span) -> tuple[str, str]:
    seconds = "" if span.seconds is None else f"{span.seconds:.3f}"
    return seconds, "" if span.missing is None else span.missing.value


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
