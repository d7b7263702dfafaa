# SPDX-License-Identifier: Apache-2.0
"""Making an empty record in a store, and finding in a store what its record must have in memory."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from bavn.journal.chain import ChannelName
from bavn.journal.fact import decode_fact, read_fact
from bavn.journal.kept import ARRIVED, CHANNEL, KEPT, META, TRUST
from bavn.journal.kinds import TRUST_KIND_NAMES, VAULT_KIND_NAMES
from bavn.journal.store import ChainRow, StoreBroken
from bavn.journal.table import Row, Table, Value
from bavn.journal.views import Views
from bavn.kernel.audience import NATION, Audience
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import NodeId
from bavn.kernel.refusal import BadInput

if TYPE_CHECKING:
    from bavn.journal.record import Record, Transaction

# Entries read at a time when a record is looked through.
_ROWS_PER_TURN = 2_048
# What the kinds of the journal itself begin with.
_JOURNALS_OWN = b'"kind":"journal.'


def make(record: "Record") -> None:
    """Make an empty record of this node and world."""
    record.store.begin()
    try:
        record.store.make_tables(KEPT)
        record.store.make_tables(list(record.views.tables.values()))
        meta = {
            "node": record.identity.node,
            "world": record.identity.world,
            "incarnation": str(record.incarnation),
            "generation": "0",
            "fingerprint": record.fingerprint,
        }
        record.store.put(META, [{"name": name, "value": value} for name, value in meta.items()])
    except BaseException:
        record.store.rollback()
        raise
    record.store.commit()


def index_missing(record: "Record", pending: "Transaction", missing: Collection[Table]) -> None:
    """Find what an earlier version of the program heard and kept no list of."""
    for channel in list(record.channels.values()):
        after = 0
        while rows := record.store.chain(channel.key, after + 1, _ROWS_PER_TURN):
            for row in rows:
                _index(pending, row, channel.name.audience, channel.key, missing)
            after = rows[-1].sequence


def _index(
    pending: "Transaction", row: ChainRow, audience: str, channel: int, missing: Collection[Table]
) -> None:
    if _JOURNALS_OWN not in row.raw:
        return
    try:
        read = read_fact(row.raw)
    except BadInput:
        return
    if read.id != row.id:
        return  # a contradiction or a misplaced fact, which counts for nothing
    if TRUST in missing and read.fact.kind in TRUST_KIND_NAMES and audience == NATION:
        place: Row = {"channel": channel, "sequence": row.sequence, "position": row.position}
        pending.put(TRUST, place)
    if ARRIVED in missing and read.fact.kind in VAULT_KIND_NAMES:
        pending.put(ARRIVED, {"position": row.position})


def load(record: "Record") -> None:
    """Find channels, clock and views; StoreBroken when the store is another node's or world's."""
    for name, expected in (("node", record.identity.node), ("world", record.identity.world)):
        if record.meta(name) != expected:
            msg = f"the store belongs to {name} {record.meta(name)}, not to {expected}"
            raise StoreBroken(msg)
    record.incarnation = int(record.meta("incarnation") or record.incarnation)
    record.newest_incarnation = record.incarnation
    record.position = record.store.last_position()
    generation = int(record.meta("generation") or 0)
    record.views = Views(record.catalogue.views, record.catalogue.kinds, generation)
    for row in record.store.rows(CHANNEL, {}):
        _load_channel(record, row)
    _load_clock(record)


def _load_channel(record: "Record", row: Row) -> None:
    name = ChannelName(
        NodeId(str(row["node"])), _number(row["incarnation"]), Audience(str(row["audience"]))
    )
    key = _number(row["channel"])
    announced, stopped = _number(row["announced"]), str(row["stopped"])
    record.keep_channel(key, name, record.store.head(key), announced, stopped)


def _load_clock(record: "Record") -> None:
    """Start the clock after everything that this node itself has told."""
    for channel in record.channels.values():
        if channel.name.node == record.identity.node and channel.sequence:
            (last,) = record.store.chain(channel.key, channel.sequence, 1)
            try:
                tick = Tick.parse(decode_fact(last.raw).recorded_at)
            except BadInput:
                continue  # `verify` names it; the node starts all the same
            record.clock.last = max(record.clock.last, tick)


def _number(value: Value) -> int:
    assert isinstance(value, int), "the store gave back another sort than it was given"
    return value
