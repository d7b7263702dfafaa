# SPDX-License-Identifier: Apache-2.0
"""What was ordered to an incident."""

from datetime import datetime

import msgspec

from bavn.capabilities.dispatch.views import ORDERS
from bavn.frame.call import Call
from bavn.journal.reader import Query
from bavn.kernel.instants import instant_of


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that was ordered to an incident, by whom (a function), and whether it still is."""

    unit: str
    by: str
    ordered_at: datetime
    stood_down_at: datetime | None


def orders_of(call: Call, query: Query, incident: str) -> list[Ordered]:
    """All of them, the latest first, those that were called back included."""
    found = []
    for row in query.rows(call.reader, ORDERS, {"incident": incident}):
        back_ms = row["stood_down_at_ms"]
        found.append(
            Ordered(
                unit=str(row["subject"]).partition(":")[2],
                by=str(row["by"]),
                ordered_at=instant_of(int(str(row["ordered_at_ms"]))),
                stood_down_at=None if back_ms is None else instant_of(int(str(back_ms))),
            )
        )
    return sorted(found, key=lambda each: (each.ordered_at, each.unit), reverse=True)
