# SPDX-License-Identifier: Apache-2.0
"""Facts that were handed on later: what is open when a stand-in is named, told to it then.

A channel is told in the order of its node's clock, so an old fact cannot enter it. It is told
inside a new one, and wherever a subject is read, it stands in the place of that: with its own
number, instant and order, for the audience that the new one was told to.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from bavn.journal.fact import FACT_BYTES_LIMIT, Fact, ReadFact, read_fact
from bavn.journal.kinds import FACT_HANDED, Kinds, NotUnderstood
from bavn.journal.sharing import FactHanded
from bavn.journal.store import HistoryRow
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.refusal import BadInput

# What fits another fact with what is around it, each quotation mark with a stroke before it.
HANDED_BYTES_LIMIT = FACT_BYTES_LIMIT // 2
_decode = msgspec.json.Decoder(FactHanded).decode


class Placed(NamedTuple):
    """A fact in the history of a subject, by the entry that told it."""

    row: HistoryRow
    read: ReadFact
    # Which fact it is, by whatever entry: its node, and its place among its owner's facts.
    of: tuple[str, bytes]
    # The fact that handed it on; None for one that was told itself.
    by: ReadFact | None = None


def is_handed(fact: Fact) -> bool:
    """True for a fact that is read in another's place."""
    return fact.kind == FACT_HANDED.name


def handed_in(fact: Fact) -> ReadFact | None:
    """The fact that another hands on; None when it is not its teller's own about the same."""
    try:
        read = read_fact(_decode(fact.body).fact.encode())
        told_at = Tick.parse(fact.recorded_at)
    except (msgspec.MsgspecError, BadInput, ValueError, RecursionError):
        return None
    held = read.fact
    is_own = (held.world, held.node, held.owner, held.about[:1]) == (
        fact.world,
        fact.node,
        fact.owner,
        fact.about[:1],
    )
    is_earlier = (held.epoch, held.incarnation, read.tick) <= (
        fact.epoch,
        fact.incarnation,
        told_at,
    )
    return read if is_own and is_earlier and not is_handed(held) else None


def handed_body(kinds: Kinds, body: FactHanded) -> msgspec.Struct | NotUnderstood:
    """The body of the fact that is handed on, in its newest version."""
    return kinds.read(read_fact(body.fact.encode()).fact)


def placed(history: Iterable[HistoryRow]) -> list[Placed]:
    """A history with what was handed on in its own place; what hands on nothing true stays."""
    return in_their_places([place_of(row) for row in history])


def place_of(row: HistoryRow) -> Placed:
    """Where an entry's fact stands: by itself, or in the place of the one that it hands on."""
    read = read_fact(row.raw)
    held = handed_in(read.fact) if is_handed(read.fact) else None
    if held is None:
        return Placed(row, read, (read.fact.node, row.stamp))
    return Placed(row, held, (held.fact.node, held.stamp), read)


def in_their_places(found: list[Placed]) -> list[Placed]:
    """Those of a history in their order; what was handed on goes where it belongs."""
    if any(each.by is not None for each in found):
        # One that was told several times stands together, by the entry of its own first.
        found.sort(key=lambda each: (*reversed(each.of), each.by is not None))
    return found
