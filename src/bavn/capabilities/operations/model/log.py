# SPDX-License-Identifier: Apache-2.0
"""What a log of an incident is sorted into, and where in it a page begins."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

# What is written down or heard this long after it happened is marked: it was not known then.
LATE_AFTER = timedelta(minutes=1)
# A screen and a half; a machine may ask for more at once.
PAGE_LIMIT, PAGE_MOST = 50, 1_000
BETWEEN = "."
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Sort(StrEnum):
    """What an entry is about, for whoever looks for one sort of thing."""

    ALARM = "alarm"
    UNITS = "units"
    SENT = "sent"
    ALERTED = "alerted"
    LEADING = "leading"
    SAFETY = "safety"
    WRITTEN = "written"
    SCENE = "scene"
    STRUCK = "struck"
    OTHER = "other"


# The first that fits a kind's name counts.
_SORTS: Mapping[str, Sort] = {
    "operations.unit_": Sort.UNITS,
    "operations.incident_noted": Sort.WRITTEN,
    "operations.": Sort.ALARM,
    "receiving.": Sort.ALARM,
    "relations.": Sort.ALARM,
    "calls.": Sort.WRITTEN,
    "command.leader_": Sort.LEADING,
    "command.": Sort.WRITTEN,
    "scene.": Sort.SCENE,
    "dispatch.": Sort.SENT,
    "needs.": Sort.SENT,
    "reinforcement.": Sort.SENT,
    "alerting.": Sort.ALERTED,
    "duty.": Sort.ALERTED,
    "crews.": Sort.UNITS,
    "safety.": Sort.SAFETY,
    "journal.struck": Sort.STRUCK,
}


def sort_of(kind: str) -> Sort:
    """What a kind of fact is about."""
    return next((sort for begins, sort in _SORTS.items() if kind.startswith(begins)), Sort.OTHER)


def is_late(happened_at: datetime, recorded_at: datetime, heard_at: datetime) -> bool:
    """True for what was written down, or came here, well after it happened."""
    return max(recorded_at, heard_at) - happened_at >= LATE_AFTER


def cursor_of(happened_at: datetime, recorded_at: str, fact: str) -> str:
    """Where an entry stands, as an address can hold it."""
    return BETWEEN.join((str((happened_at - _EPOCH) // _MICROSECOND), fact, recorded_at))


def read_cursor(cursor: str) -> tuple[datetime, str, str] | None:
    """Where a page ended: an entry's place; None for what is no such word."""
    at, *rest = cursor.split(BETWEEN, 2)
    if len(rest) != 2 or not at.isdecimal():  # noqa: PLR2004 - the fact, and its own clock
        return None
    fact, recorded_at = rest
    try:
        return _EPOCH + int(at) * _MICROSECOND, recorded_at, fact
    except (ValueError, OverflowError):
        return None


def found_in(query: str, texts: Sequence[str]) -> bool:
    """True where every word that is looked for stands somewhere in these."""
    all_ = " ".join(texts).casefold()
    return all(word in all_ for word in query.casefold().split())
