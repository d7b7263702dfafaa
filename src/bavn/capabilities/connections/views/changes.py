# SPDX-License-Identifier: Apache-2.0
"""Who has taken over what, since when, by whose decision; and what was handed back."""

from datetime import datetime

import msgspec

from bavn.capabilities.connections.facts import TakenOver
from bavn.capabilities.connections.views import CHANGES_OF_HOST
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.fact import Sealed
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation changed its host. The texts are there for who may read them."""

    of: OrganisationId
    what: str
    epoch: int
    node: str
    from_node: str
    at: datetime
    by: str
    by_organisation: OrganisationId
    contact: str | None = None
    tried_by: tuple[str, ...] = ()
    tried_at: datetime | None = None
    conflict_count: int | None = None
    decider: str | None = None
    called: str | None = None
    reason: str | None = None


async def changes(desk: Desk, call: Call) -> list[Change]:
    """Every change of a host, the newest first."""
    rows = desk.query.rows(call.reader, CHANGES_OF_HOST)
    found = [await _change(desk, call, row) for row in rows]
    return sorted(found, key=lambda each: (each.at, each.epoch), reverse=True)


async def _change(desk: Desk, call: Call, row: Row) -> Change:
    tried_ms, count = row["tried_at_ms"], row["conflict_count"]
    at_ms, epoch = row["at_ms"], row["epoch"]
    assert isinstance(at_ms, int), "the view says so"
    assert isinstance(epoch, int), "the view says so"
    change = Change(
        of=OrganisationId(str(row["subject"]).partition(":")[2]),
        what=str(row["what"]),
        epoch=epoch,
        node=str(row["node"]),
        from_node=str(row["from_node"]),
        at=instant_of(at_ms),
        by=str(row["by"]),
        by_organisation=OrganisationId(str(row["owner"])),
        contact=None if row["contact"] is None else str(row["contact"]),
        tried_by=tuple(str(row["tried_by"] or "").split()),
        tried_at=instant_of(tried_ms) if isinstance(tried_ms, int) else None,
        conflict_count=count if isinstance(count, int) else None,
    )
    return msgspec.structs.replace(change, **await _texts(desk, call, row))


async def _texts(desk: Desk, call: Call, row: Row) -> dict[str, str]:
    item = desk.query.item(call.reader, str(row["fact"]))
    if item is None or item.fact.kind != "connections.taken_over":
        return {}
    body = msgspec.json.decode(item.fact.body, type=TakenOver)
    found: dict[str, str] = {}
    for name in ("decider", "called", "reason"):
        sealed: Sealed | None = getattr(body, name)
        if sealed is not None:
            text = await desk.reveal(call.reader, item.fact.owner, sealed)
            if isinstance(text, Private):
                found[name] = text.reveal()
    return found
