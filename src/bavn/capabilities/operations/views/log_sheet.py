# SPDX-License-Identifier: Apache-2.0
"""A log as a table for a spreadsheet: each entry a row, with what its page says of it."""

import csv
import io
from collections.abc import Iterable

from bavn.capabilities.operations.views.log import Entry
from bavn.capabilities.operations.views.words import Words
from bavn.codecs.sheets import defused
from bavn.frame.call import Say

COLUMNS = (
    "happened_at",
    "recorded_at",
    "heard_at",
    "late",
    "struck",
    "sort",
    "organisation",
    "function",
    "says",
    "texts",
    "sealed_count",
    "fact",
)


def sheet_of(entries: Iterable[Entry], words: Words, say: Say, *, headed: bool = True) -> str:
    """CSV (RFC 4180), instants in UTC; below its heading, or rows that go on from some before."""
    written = io.StringIO()
    sheet = csv.writer(written)
    if headed:
        sheet.writerow(COLUMNS)
    for each in entries:
        texts = "\n".join(
            f"{say('operations.text.' + name)}: {text}" for name, text in each.texts.items()
        )
        instants = (each.happened_at, each.recorded_at, each.heard_at)
        sheet.writerow(
            (
                *(at.isoformat() for at in instants),
                "yes" if each.is_late else "no",
                "yes" if each.struck else "no",
                each.sort.value,
                defused(words.organisation(each.organisation)),
                defused(words.function(each.by)),
                defused(each.says),
                defused(texts),
                each.sealed,
                each.id,
            )
        )
    return written.getvalue()
