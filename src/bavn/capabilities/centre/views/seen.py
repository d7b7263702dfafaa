# SPDX-License-Identifier: Apache-2.0
"""What wants a person, with who has seen it."""

from collections.abc import Sequence
from datetime import timedelta

from bavn.capabilities.centre.model.board import Row
from bavn.capabilities.centre.model.wants import SEEN_HOLDS, SeenBy, Want, wants_of
from bavn.capabilities.centre.views import SEEN
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.journal.reader import Query
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of


def wants_now(query: Query, call: Call, items: Sequence[Attention]) -> list[Want]:
    """All that waits, as the caller's organisation stands with it."""
    return wants_of(items, seen_by(query, call), call.now)


def seen_by(query: Query, call: Call) -> dict[str, SeenBy]:
    """By item, who of the caller's organisation has seen it lately."""
    found: dict[str, SeenBy] = {}
    first = (call.now - SEEN_HOLDS).date()
    # A clock that is a little ahead of ours may stand on the next day already.
    days = {first + timedelta(days=count) for count in range(3)}
    for day in sorted(days):
        where = {"owner": call.actor.organisation, "on_day": day.isoformat()}
        for row in query.rows(call.reader, SEEN, where):
            at = instant_of(int(str(row["at_ms"])))
            by = SeenBy(function=str(row["by"]), account=str(row["account"]), at=at)
            found[str(row["item"])] = by
    return found


def unsent(
    rows: Sequence[Row], type_name: dict[str, str], handles: dict[str, str]
) -> list[Attention]:
    """The alarms that nobody is sent to: what a centre is there for."""
    return [
        Attention(
            id=f"unsent:{row.incident.id}",
            text="centre.want_unsent",
            values={
                "number": handles.get(row.incident.id, ""),
                "type": type_name.get(row.incident.type, row.incident.type),
                "place": row.incident.place,
            },
            since=row.incident.reported_at,
            about=Subject(f"incident:{row.incident.id}"),
            path=f"/incidents/{row.incident.id}/send",
            service=OrganisationId(row.incident.service),
            loud=True,
        )
        for row in rows
        if row.is_unsent
    ]
