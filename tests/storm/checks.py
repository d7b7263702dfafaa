# SPDX-License-Identifier: Apache-2.0
"""What must hold after every storm, each check a function with a name."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bavn.journal.fact import decode_fact
from bavn.journal.kept import EVIDENCE, SET_ASIDE, WAITING
from bavn.journal.table import Row
from bavn.journal.views import View, digest_of
from bavn.kernel.audience import OWN, Audience
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import NodeId
from tests.storm import watch
from tests.storm.broken import expect
from tests.storm.counting import each_fact_counts_once, facts_of
from tests.storm.machine import SimMachine
from tests.storm.once import reactions_act_once
from tests.storm.secrets_kept import (
    destroyed_keys_are_gone,
    no_canary_is_astray,
    nothing_forged_is_held,
    texts_can_be_read,
)
from tests.storm.trust_checks import TRUST_CHECKS

if TYPE_CHECKING:
    from tests.storm.world import World

# What a person is told of in an honest storm: clocks do go astray, and old calls are not answered.
OF_A_THEFT = frozenset({"key_revoked", "own_key_revoked"})
OF_A_RESTORE = frozenset({"twin", "overtaken", "rolled_back"})
NOTICED = frozenset({"clock_astray", "too_old_to_act_on"})


def nothing_acknowledged_is_lost(world: "World") -> None:
    """Every fact of a Done is at its owner's node and wherever it may be heard."""
    for promise in world.ledger.promises.values():
        for name in sorted(promise.holders(world.country)):
            expect(
                world.machines[name].holds(promise.fact),
                "nothing acknowledged is lost",
                f"{promise.fact} of {promise.owner} to {promise.heard_by()} is not at {name}",
            )


def equals_hear_the_same(world: "World") -> None:
    """Nodes that may hear the same have the same chains and the same rows."""
    rows = {name: _rows_by_place(machine) for name, machine in world.machines.items()}
    heads = {name: _heads(world, machine) for name, machine in world.machines.items()}
    found = world.federation.by_hand(next(iter(world.machines.values())))
    doubtful = {node for node in rows if tells_what_nobody_believes(world, node)}
    for audience in world.country.audiences:
        for owner, home in world.country.hosts.items():
            hearers = [node for node in rows if world.country.may_hear(node, audience)]
            # Whoever told all of it has it as well, whether or not he may hear it of others.
            alone = not world.federation.is_unsure(owner, found) and home in rows
            holders = [*hearers, home] if alone and home not in hearers else hearers
            _all_have_the_same(
                f"{owner} to {audience}",
                {
                    node: (
                        _of_teller(heads[node].get(audience, ()), home if alone else None),
                        digest_of(rows[node].get((owner, audience), [])),
                    )
                    for node in holders
                    if node not in doubtful
                },
            )


def _all_have_the_same(what: str, seen: dict[NodeId, object]) -> None:
    says = f"{what}: {seen}"
    expect(len(set(seen.values())) <= 1, "who may hear the same has the same", says)


def tells_what_nobody_believes(world: "World", node: NodeId) -> bool:
    """True for a node that was robbed and has told more than is believed of it."""
    record = world.machines[node].up.record
    limits = {
        name: record.roster.believed_of(name)
        for name in record.channels
        if name.node == node and name.audience != OWN
    }
    return any(
        limit is not None and record.channels[name].sequence > limit
        for name, limit in limits.items()
    )


def _rows_by_place(machine: SimMachine) -> dict[tuple[str, str], list[tuple[View, Row]]]:
    """The rows of all views by owner and audience."""
    record = machine.up.record
    found: dict[tuple[str, str], list[tuple[View, Row]]] = {}
    for view in record.views.all:
        for row in record.store.rows(record.views.table_of(view), {}):
            place = (str(row["owner"]), str(row["audience"]))
            found.setdefault(place, []).append((view, row))
    return found


class _Head(NamedTuple):
    teller: NodeId
    channel: str
    sequence: int
    hash: str


def _heads(world: "World", machine: SimMachine) -> dict[Audience, list[_Head]]:
    """How far a node has each channel, by audience."""
    found = world.federation.by_hand(machine)
    heads: dict[Audience, list[_Head]] = {}
    for name, channel in sorted(machine.up.record.channels.items()):
        # Beyond what is believed some have more than others, and nobody makes anything of it.
        if channel.sequence and found.limit_of(name.text()) is None:
            head = _Head(name.node, name.text(), channel.sequence, channel.hash.hex())
            heads.setdefault(name.audience, []).append(head)
    return heads


def _of_teller(heads: Iterable[_Head], teller: NodeId | None) -> tuple[_Head, ...]:
    """The heads of one teller's channels, or of all."""
    return tuple(head for head in heads if teller in (None, head.teller))


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
        if not world.country.has_tiers:
            aside = store.rows(SET_ASIDE, {})
            expect(not aside, "all facts are understood", f"{machine.name}: {aside[:1]}")


def _is_honest(world: "World", row: Row) -> bool:
    # A clock that ran ahead before a restore looks like a twin that goes on telling after it; and
    # who was restored more than once may hear what it told in between.
    teller = str(row["channel"]).partition("/")[0]
    of_a_restore = row["sort"] in OF_A_RESTORE and teller in world.forgetful
    of_a_theft = row["sort"] in OF_A_THEFT and world.federation.is_victim(teller)
    of_a_key = row["sort"] == "own_key" and world.federation.new_keys
    return row["sort"] in NOTICED or of_a_restore or of_a_theft or bool(of_a_key)


def one_fact_for_each_number(world: "World") -> None:
    """A numbered request was carried out once, unless a restored node could not know."""
    for machine in world.machines.values():
        counts = Counter(
            (fact.owner, fact.sender.sender, fact.sender.ref)
            for fact in facts_of(machine)
            if fact.sender is not None and fact.node == machine.name
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
    *TRUST_CHECKS,
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
