# SPDX-License-Identifier: Apache-2.0
"""Incidents with what they are one with: each stays what it is, and says which one leads."""

from collections.abc import Iterable, Sequence

import msgspec

from bavn.capabilities.operations.ports import Joined
from bavn.capabilities.operations.views.incidents import Incident
from bavn.capabilities.operations.views.tables import UNIT_PICTURE
from bavn.frame.call import Call
from bavn.journal.reader import NOBODY, Query


def joined_incident(query: Query, incident: Incident, joined: Joined) -> Incident:
    """An incident with the one that leads it, or with its parts and their units."""
    first, *parts = joined.whole(incident.id)
    if first != incident.id:
        return msgspec.structs.replace(incident, merged_into=first)
    if not parts:
        return incident
    units = {*incident.units, *_units_at(query, parts)}
    return msgspec.structs.replace(incident, merged=tuple(parts), units=tuple(sorted(units)))


def joined_incidents(
    call: Call, incidents: Sequence[Incident], joined: Joined, *, guess: bool
) -> list[Incident]:
    """The same for a list, which has no units; `guess` marks what may be the same as another."""
    leading = joined.leading()
    asked = {each.id: each.reported_at for each in incidents} if guess else {}
    alike = joined.maybe_same(call, asked) if asked else frozenset()
    return [
        msgspec.structs.replace(each, merged_into=leading.get(each.id), maybe_same=each.id in alike)
        for each in incidents
    ]


def _units_at(query: Query, incidents: Iterable[str]) -> Iterable[str]:
    for name in incidents:
        for row in query.rows(NOBODY, UNIT_PICTURE, {"incident": name}):
            yield str(row["subject"]).partition(":")[2]
