# SPDX-License-Identifier: Apache-2.0
"""Counting by hand: how many facts each row of a view must be made of, found without the views.

A row to an audience is made of what was told to that audience, strikes included; a row of one's own
of everything.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from bavn.journal.fact import Fact, decode_fact
from bavn.kernel.audience import OWN, Scope, scope_of
from tests.lilleland.vocabulary import FIRE_IN_AREA, FIRE_OWN, FIRE_SEEN, KINDS
from tests.storm.broken import expect
from tests.storm.machine import SimMachine

if TYPE_CHECKING:
    from tests.storm.world import World

STRUCK = "journal.struck"
COUNTED = (FIRE_OWN, FIRE_SEEN, FIRE_IN_AREA)
_FOLDED = {view.name: {kind.name for kind in KINDS if kind.body in view.folds} for view in COUNTED}


class Place(NamedTuple):
    """A row: of whom, about what, to whom."""

    owner: str
    subject: str
    audience: str


def facts_of(machine: SimMachine) -> list[Fact]:
    """All facts that a node holds, as it learnt them."""
    rows = machine.up.record.store.facts_after(0, 1_000_000)
    return [decode_fact(row.raw) for row in rows]


def each_fact_counts_once(world: "World") -> None:
    """Every row that counts its facts has counted each one that is not struck, once."""
    for machine in world.machines.values():
        record, told = machine.up.record, _told_to(world, machine)
        for view in COUNTED:
            expected = _expected(told, view.name, view.scope)
            held = {
                Place(str(row["owner"]), str(row["subject"]), str(row["audience"])): row["facts"]
                for row in record.store.rows(record.views.table_of(view), {})
            }
            wrong = {
                place: (expected.get(place), held.get(place))
                for place in expected.keys() | held.keys()
                if expected.get(place) != held.get(place)
            }
            expect(not wrong, "each fact counts once", f"{view.name} at {machine.name}: {wrong}")


def _told_to(world: "World", machine: SimMachine) -> dict[str, list[Fact]]:
    """The facts that a node believes by the audience they were heard through, and its own."""
    facts = {
        row.position: decode_fact(row.raw)
        for row in machine.up.record.store.facts_after(0, 1_000_000)
    }
    told: dict[str, list[Fact]] = defaultdict(list)
    names = machine.up.record.names
    cursor = machine.store.connection.execute(
        "SELECT DISTINCT channel, sequence, position FROM entry"
    )
    limits, believed = limits_at(world, machine), set[int]()
    for channel, sequence, position in cursor:
        audience, limit = names[channel].audience, limits.get(channel)
        if limit is not None and sequence > limit:
            continue
        fact = facts[position]
        if world.does_count(machine, fact):
            believed.add(position)
            if audience != OWN:
                told[audience].append(fact)
    told[OWN] = [
        facts[position]
        for position in sorted(believed)
        if world.is_hosted_at(machine, facts[position].owner)
    ]
    return told


def limits_at(world: "World", machine: SimMachine) -> dict[int, int]:
    """How far a node believes each channel, where not all of it; it believes itself."""
    if not world.country.has_tiers:
        return {}
    found = world.federation.by_hand(machine)
    limits = {
        key: found.limit_of(name.text())
        for key, name in machine.up.record.names.items()
        if name.node != machine.name
    }
    return {key: limit for key, limit in limits.items() if limit is not None}


def _expected(told: dict[str, list[Fact]], view: str, scope: Scope) -> dict[Place, int]:
    counts: Counter[Place] = Counter()
    for audience, facts in told.items():
        if scope_of(audience) is scope:
            unique = {fact.id: fact for fact in facts}.values()
            struck = struck_among(unique)
            for fact in unique:
                if fact.kind in _FOLDED[view] and fact.id not in struck:
                    counts[Place(fact.owner, fact.about[0], audience)] += 1
    return dict(counts)


def struck_among(facts: Iterable[Fact]) -> set[str]:
    """The facts that are struck through by a strike that is not struck itself."""
    strikes: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        if fact.kind == STRUCK:
            strikes[str(msgspec.json.decode(fact.body)["fact"])].append(fact.id)

    def counts(fact_id: str) -> bool:
        return not any(counts(strike) for strike in strikes[fact_id])

    return {struck for struck in list(strikes) if not counts(struck)}
