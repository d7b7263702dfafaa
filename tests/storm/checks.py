# SPDX-License-Identifier: Apache-2.0
"""What must hold after every storm, each check a function with a name."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from bavn.journal.fact import decode_fact
from bavn.journal.kept import EVIDENCE, SET_ASIDE, WAITING
from bavn.journal.table import Row
from bavn.journal.views import View, digest_of
from bavn.kernel.audience import NATION, Audience, area, to
from bavn.kernel.hybrid_clock import Tick
from tests.lilleland.nodes import EASTERN, HOSTS, NODES, WESTERN
from tests.storm import watch
from tests.storm.broken import expect
from tests.storm.counting import each_fact_counts_once, facts_of
from tests.storm.machine import ROSTER, SimMachine
from tests.storm.once import reactions_act_once
from tests.storm.secrets_kept import (
    destroyed_keys_are_gone,
    no_canary_is_astray,
    nothing_forged_is_held,
    texts_can_be_read,
)

if TYPE_CHECKING:
    from tests.storm.world import World

AUDIENCES = (NATION, area(EASTERN), area(WESTERN), *map(to, HOSTS))
# What a person is told of in an honest storm: clocks do go astray, and old calls are not answered.
OF_A_RESTORE = frozenset({"twin", "overtaken", "rolled_back"})
NOTICED = frozenset({"clock_astray", "too_old_to_act_on"})


def nothing_acknowledged_is_lost(world: "World") -> None:
    """Every fact of a Done is at its owner's node and wherever it may be heard."""
    for promise in world.ledger.promises.values():
        for name in sorted(promise.holders()):
            expect(
                world.machines[name].holds(promise.fact),
                "nothing acknowledged is lost",
                f"{promise.fact} of {promise.owner} to {promise.heard_by()} is not at {name}",
            )


def equals_hear_the_same(world: "World") -> None:
    """Nodes that may hear the same have the same chains and the same rows."""
    for audience in AUDIENCES:
        for owner, home in HOSTS.items():
            holders = [node for node in NODES if node == home or ROSTER.may_hear(node, audience)]
            seen = {node: _told(world.machines[node], owner, audience) for node in holders}
            expect(
                len(set(seen.values())) == 1,
                "who may hear the same has the same",
                f"{owner} to {audience}: {seen}",
            )


def _told(machine: SimMachine, owner: str, audience: Audience) -> str:
    """A digest of what a node has of an owner through one audience."""
    record = machine.up.record
    rows: list[tuple[View, Row]] = [
        (view, row)
        for view in record.views.all
        for row in record.store.rows(record.views.table_of(view), {"owner": owner})
        if row["audience"] == audience
    ]
    heads = sorted(
        (name.text(), channel.sequence, channel.hash.hex())
        for name, channel in record.channels.items()
        if name.audience == audience and name.node == HOSTS[owner] and channel.sequence  # type: ignore[index]
    )
    return f"{heads!r} {digest_of(rows)}"


def rebuilt_is_what_grew(world: "World") -> None:
    """Views made anew are the views as they became, and no reaction sees it happen."""
    for machine in world.machines.values():
        before, position = _rows_of(machine), machine.up.record.position
        machine.up.rebuild()
        expect(_rows_of(machine) == before, "rebuilt is what grew", f"at {machine.name}")
        machine.up.turn()
        now = machine.up.record.position
        expect(now == position, "rebuild starts nothing", f"{now - position} at {machine.name}")


def _rows_of(machine: SimMachine) -> dict[str, list[Row]]:
    record = machine.up.record
    return {
        view.name: record.store.rows(record.views.table_of(view), {}) for view in record.views.all
    }


def verify_finds_nothing(world: "World") -> None:
    """The record proves itself on every node, except for texts that a restore has lost."""
    for machine in world.machines.values():
        lost = {f"sealed {sealed[:16]}" for sealed in world.ledger.texts_lost}
        faults = [each for each in machine.up.verify() if each.where not in lost]
        expect(not faults, "verify finds no fault", f"{machine.name}: {faults[:3]}")


def gaps_are_closed(world: "World") -> None:
    """Nothing waits, except for what a restore has lost beyond recall."""
    for machine in world.machines.values():
        record = machine.up.record
        for name, channel in record.channels.items():
            where = f"{name.text()} at {machine.name}"
            watch.chain_is_whole(machine, name, walked=10_000)
            end = world.ledger.ends.get(name.text())
            if end is not None:
                expect(channel.sequence <= end, watch.NUMBERS, f"{where} goes beyond {end}")
                continue
            waiting = record.store.rows(WAITING, {"channel": channel.key})
            expect(not waiting, "gaps are closed", f"{where}: {len(waiting)} wait")
            expect(
                channel.announced <= channel.sequence,
                "gaps are closed",
                f"{where}: {channel.sequence} of {channel.announced}",
            )


def nobody_lied(world: "World") -> None:
    """No fork, no contradiction, nothing set aside: in an honest storm there is no evidence."""
    for machine in world.machines.values():
        store = machine.up.record.store
        found = [row for row in store.rows(EVIDENCE, {}) if not _is_honest(world, row)]
        expect(not found, watch.NO_FORK, f"{machine.name}: {found[:1]}")
        aside = store.rows(SET_ASIDE, {})
        expect(not aside, "all facts are understood", f"{machine.name}: {aside[:1]}")


def _is_honest(world: "World", row: Row) -> bool:
    # A clock that ran ahead before a restore looks like a twin that goes on telling after it; and
    # who was restored more than once may hear what it told in between.
    teller = str(row["channel"]).partition("/")[0]
    of_a_restore = row["sort"] in OF_A_RESTORE and teller in world.restored
    return row["sort"] in NOTICED or of_a_restore


def one_fact_for_each_number(world: "World") -> None:
    """A numbered request was carried out once, unless a restored node could not know."""
    for machine in world.machines.values():
        counts = Counter(
            (fact.owner, fact.sender.sender, fact.sender.ref)
            for fact in facts_of(machine)
            if fact.sender is not None and HOSTS[fact.owner] == machine.name
        )
        for key, count in counts.items():
            excused = key in world.ledger.taken_anew
            expect(
                count == 1 or excused,
                watch.TWICE,
                f"{count} facts of {key} at {machine.name}",
            )


def ticks_rise(world: "World") -> None:
    """Within an incarnation, a node's ticks are strictly rising along each of its chains."""
    for machine in world.machines.values():
        record = machine.up.record
        for name, channel in record.channels.items():
            rows = record.store.chain(channel.key, 1, 1_000_000)
            ticks = [Tick.parse(decode_fact(row.raw).recorded_at) for row in rows]
            rising = all(a < b for a, b in pairwise(ticks))
            expect(rising, "a node's clock only rises", f"{name.text()} at {machine.name}")


Check = Callable[["World"], None]
CHECKS: tuple[Check, ...] = (
    nothing_acknowledged_is_lost,
    one_fact_for_each_number,
    gaps_are_closed,
    nobody_lied,
    equals_hear_the_same,
    each_fact_counts_once,
    verify_finds_nothing,
    reactions_act_once,
    ticks_rise,
    texts_can_be_read,
    no_canary_is_astray,
    destroyed_keys_are_gone,
    nothing_forged_is_held,
    rebuilt_is_what_grew,
)


def check_all(world: "World") -> None:
    """Hold the country against every promise; Broken at the first that does not hold."""
    for check in CHECKS:
        check(world)
