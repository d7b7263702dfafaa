# SPDX-License-Identifier: Apache-2.0
"""Whose word holds, as it is read: a service's orders, and who gave the values of a thing."""

from collections.abc import Iterable, Mapping

from bavn.capabilities.operations.model.authority import (
    POSITION,
    Authority,
    Order,
    authority_subject,
)
from bavn.capabilities.operations.ports import NO_VOICE, Voice
from bavn.capabilities.operations.views.tables import AUTHORITY
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId

# Nobody's estimate: the service has said so.
ORDERED = "service"


def orders_in(rows: Iterable[Row]) -> Mapping[str, Order]:
    """The orders that rows hold, by field; one without sources is the country's own again."""
    return {
        str(row["field"]): Order(
            sources=tuple(str(row["sources"]).split()),
            hold_s=row["hold_s"] if isinstance(row["hold_s"], int) else None,
            basis=ORDERED,
        )
        for row in rows
        if row["sources"]
    }


def voice_of(
    query: Query, base: Authority, owner: OrganisationId | None, source: str | None
) -> Voice:
    """As what a source tells of where a unit of a service is."""
    if source is None:
        return NO_VOICE
    order = (base if owner is None else authority_of(query, base, owner)).orders.get(POSITION)
    if order is None:
        return Voice(source=source)
    return Voice(source=source, weight=order.weight(source), hold_s=order.hold_s or 0)


def authority_of(query: Query, base: Authority, owner: OrganisationId) -> Authority:
    """Whose word holds with a service now."""
    where = {"owner": owner, "subject": authority_subject(owner)}
    return base.changed(orders_in(query.rows(NOBODY, AUTHORITY, dict(where))))
