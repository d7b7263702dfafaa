# SPDX-License-Identifier: Apache-2.0
"""Events: their names, and the incidents that somebody has tied to each."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.relations.views import EVENTS, TIES
from bavn.capabilities.relations.views.gathering import Look
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, is_subject
from bavn.kernel.instants import instant_of


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """An incident of an event, and whose word it is that it belongs there."""

    incident: str
    by: tuple[str, ...]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something larger that incidents belong to."""

    id: str
    name: str
    owner: OrganisationId
    opened_at: datetime
    ties: tuple[Tie, ...]


def events(look: Look) -> list[Event]:
    """All events, the newest first."""
    found = [_event(row, look) for row in look(EVENTS, {})]
    return sorted(found, key=lambda each: (each.opened_at, each.id), reverse=True)


def event_of(look: Look, event: str) -> Event | None:
    """One event; None where there is none."""
    subject = f"event:{event}"
    rows = look(EVENTS, {"subject": subject}) if is_subject(subject) else ()
    first = min(rows, key=lambda row: (row["opened_at_ms"], row["owner"]), default=None)
    return None if first is None else _event(first, look)


def _event(row: Row, look: Look) -> Event:
    by: dict[str, set[str]] = {}
    tied: Sequence[Row] = look(TIES, {"subject": row["subject"], "tied": 1})
    for each in tied:
        by.setdefault(str(each["incident"]), set()).add(str(each["owner"]))
    return Event(
        id=str(row["subject"]).partition(":")[2],
        name=str(row["name"]),
        owner=OrganisationId(str(row["owner"])),
        opened_at=instant_of(int(str(row["opened_at_ms"]))),
        ties=tuple(Tie(incident=each, by=tuple(sorted(by[each]))) for each in sorted(by)),
    )
