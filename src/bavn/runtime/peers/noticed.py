# SPDX-License-Identifier: Apache-2.0
"""What the record itself holds against other nodes: evidence, and facts that stand in no view."""

from collections import Counter
from typing import NamedTuple

from bavn.journal.fact import read_fact
from bavn.journal.kept import EVIDENCE, SET_ASIDE
from bavn.journal.store import Store
from bavn.journal.table import Row
from bavn.kernel.identity import NodeId
from bavn.kernel.refusal import BadInput

NOT_UNDERSTOOD = "not_understood"
# Facts that are read to find out of which kind they are. A newer version may tell thousands before
# somebody upgrades; the newest say enough.
READ_LIMIT = 500


class Unread(NamedTuple):
    """A kind that this version cannot read, and the node that tells it."""

    kind: str
    version: int
    node: NodeId


class Aside(NamedTuple):
    """Facts that are kept and in no view: how many by sort, and of which kinds the newest are."""

    counts: dict[str, int]
    unread: dict[Unread, int]


def unsettled(store: Store) -> list[Row]:
    """The evidence that nobody has settled, the newest first."""
    rows = [row for row in store.rows(EVIDENCE, {}) if row["settled_by"] is None]
    return sorted(rows, key=lambda row: int(str(row["noticed_at_ms"])), reverse=True)


def aside(store: Store) -> Aside:
    """What is set aside."""
    positions: dict[str, list[int]] = {}
    for row in store.rows(SET_ASIDE, {}):
        positions.setdefault(str(row["sort"]), []).append(int(str(row["position"])))
    counts = {sort: len(found) for sort, found in sorted(positions.items())}
    newest = sorted(positions.get(NOT_UNDERSTOOD, ()))[-READ_LIMIT:]
    unread = Counter(found for each in newest if (found := _unread(store, each)) is not None)
    return Aside(counts, dict(unread))


def _unread(store: Store, position: int) -> Unread | None:
    for row in store.facts_after(position - 1, 1):
        try:
            fact = read_fact(row.raw).fact
        except BadInput:
            return None
        return Unread(fact.kind, fact.version, fact.node)
    return None
