# SPDX-License-Identifier: Apache-2.0
"""What is known about trust at this moment: the statements heard, and the roster they come to."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bavn.journal.chain import ChannelName
from bavn.journal.fact import Fact, read_fact
from bavn.journal.kept import TRUST
from bavn.journal.kinds import Kinds
from bavn.journal.roster import ALWAYS, Roster
from bavn.journal.store import Store
from bavn.journal.table import Row
from bavn.journal.trust.fold import fold
from bavn.journal.trust.statements import BODIES, Statement, StatementKey
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import NodeId

# Entries read at a time when the rest of a channel is looked through.
_ROWS_PER_TURN = 1_024


class Kept(NamedTuple):
    """A statement, and the position of its fact."""

    statement: Statement
    position: int


class Standing(NamedTuple):
    """The statements heard, the roster, and the entries that are not believed, by channel."""

    base: Roster
    kept: Mapping[StatementKey, Kept]
    roster: Roster
    # Positions of facts, by the key of the channel in which they stand beyond what is believed.
    beyond: Mapping[int, frozenset[int]]


class Teller(NamedTuple):
    """What is known about trust by a node that is about to state something itself."""

    standing: Standing
    node: NodeId
    incarnation: int
    # The number that its next statement would have.
    sequence: int


def begin(base: Roster) -> Standing:
    """The standing before anything was heard."""
    return Standing(base, {}, base, {})


def with_statements(
    standing: Standing,
    store: Store,
    kinds: Kinds,
    rows: Iterable[Row],
    names: Mapping[int, ChannelName],
) -> Standing:
    """The standing with the statements of further rows, whose facts are in the store."""
    kept = dict(standing.kept)
    for row in rows:
        one = _kept(store, kinds, row)
        if one is not None:
            kept[one.statement.key] = one
    roster = fold(standing.base, (each.statement for each in kept.values()))
    return Standing(standing.base, kept, roster, _beyond(store, roster, names))


def stored(store: Store) -> list[Row]:
    """Where the statements stand; nothing in a store that a program made which knew of none."""
    return store.rows(TRUST, {}) if TRUST.name in store.table_names() else []


def was_granted(roster: Roster, fact: Fact, alarms: frozenset[str]) -> bool:
    """True when a fact's node was granted its owner for its epoch, as it told it.

    An alarm is no less an alarm where the grant had run out by then.
    """
    spans = roster.spans_of(fact.node, fact.owner, fact.epoch)
    if not spans or spans[0] is ALWAYS or fact.kind in alarms:
        return bool(spans)
    told_ms = Tick.parse(fact.recorded_at).ms
    return roster.may_write(fact.node, fact.owner, fact.epoch, told_ms)


def _kept(store: Store, kinds: Kinds, row: Row) -> Kept | None:
    """The statement at a place; None when this version of the program does not understand it."""
    position, sequence = row["position"], row["sequence"]
    assert isinstance(position, int), "the store gave back another sort than it was given"
    assert isinstance(sequence, int), "the store gave back another sort than it was given"
    read = read_fact(store.facts_after(position - 1, 1)[0].raw)
    body = kinds.read(read.fact)
    if not isinstance(body, BODIES):
        return None
    fact = read.fact
    statement = Statement(fact.node, fact.id, fact.incarnation, sequence, read.tick, body)
    return Kept(statement, position)


def _beyond(
    store: Store, roster: Roster, names: Mapping[int, ChannelName]
) -> dict[int, frozenset[int]]:
    """The positions of what stands in a channel beyond what is believed of it."""
    found: dict[int, frozenset[int]] = {}
    for key, name in names.items():
        believed = roster.believed_of(name)
        if believed is None:
            continue
        positions: set[int] = set()
        while rows := store.chain(key, believed + 1, _ROWS_PER_TURN):
            positions.update(row.position for row in rows)
            believed = rows[-1].sequence
        if positions:
            found[key] = frozenset(positions)
    return found
