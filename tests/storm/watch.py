# SPDX-License-Identifier: Apache-2.0
"""What is looked at after every single step, at the node that it concerned."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, cast

from bavn.journal.chain import ChannelName, Segment, genesis, link
from bavn.journal.decision import Outcome
from bavn.journal.fact import decode_fact
from bavn.journal.journal import DISK_FULL
from bavn.journal.kept import WAITING
from bavn.journal.merge import Merged
from bavn.kernel.audience import Audience
from bavn.kernel.hybrid_clock import PEER_LEAD_MS_LIMIT, Tick
from bavn.kernel.identity import FactId
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import WORLD
from tests.storm.broken import expect
from tests.storm.machine import SimMachine
from tests.storm.officers import Asked

if TYPE_CHECKING:
    from tests.storm.world import World

# Entries of a chain that are walked anew after each hearing.
WALKED = 12
HELP_ASKED = "lilleland.help_asked"
NUMBERS = "no number is used twice"
TWICE = "no request is carried out twice"
ONCE = "reactions act exactly once"
NO_FORK = "no fork without a liar"


def each_has_an_answer(group: Sequence[Asked], outcomes: Sequence[Outcome]) -> None:
    """A group has as many answers as requests."""
    says = f"{len(group)} were asked, {len(outcomes)} answered"
    expect(len(outcomes) == len(group), "each request has an answer", says)


def told_by_itself(world: "World", machine: SimMachine, before: int) -> None:
    """Facts that came of reactions and timers are on disk, and promised like all others."""
    record = machine.up.record
    for row in record.store.facts_after(before, 1_000):
        fact = decode_fact(row.raw)
        expect(
            machine.on_platter(row.id),
            "done means on disk",
            f"{machine.name} told {fact.kind} by itself, which a power loss would take",
        )
        key = None if fact.sender is None else (fact.owner, fact.sender.sender, fact.sender.ref)
        standing = [] if key is None else world.standing_at(machine, key)
        expect(not standing, ONCE, f"{machine.name} did {key} again: {standing}")
        audiences = audiences_at(machine, row.position)
        world.ledger.promise(fact.owner, [fact.id], audiences, key, machine.name)
    clock_is_in_bounds(machine, before)


def no_number_is_used_twice(world: "World", machine: SimMachine, before: int) -> None:
    """What a node tells has a number that it never gave to anything else, in any of its lives."""
    record, given = machine.up.record, world.ledger.numbers
    rows = machine.store.connection.execute(
        "SELECT channel, sequence, hash FROM entry WHERE position > ?", (before,)
    ).fetchall()
    for channel, sequence, head in cast("list[tuple[int, int, bytes]]", rows):
        name = record.names[channel].text()
        first = given.setdefault((name, sequence), head)
        expect(first == head, NUMBERS, f"{sequence} of {name}")


def calls_held(machine: SimMachine) -> set[FactId]:
    """The calls for help that a node holds: an older one passes over them in silence."""
    facts = [decode_fact(row.raw) for row in machine.up.record.store.facts_after(0, 1_000_000)]
    return {fact.id for fact in facts if fact.kind == HELP_ASKED}


def audiences_at(machine: SimMachine, position: int) -> set[Audience]:
    """The audiences that the fact at a position was told to, as this node has it."""
    store = machine.store
    cursor = store.connection.execute("SELECT channel FROM entry WHERE position = ?", (position,))
    return {machine.up.record.names[channel].audience for (channel,) in cursor}


def clock_is_in_bounds(machine: SimMachine, before: int) -> None:
    """What a node tells is stamped by its own clock, or little after it."""
    for row in machine.up.record.store.facts_after(before, 1_000):
        tick = Tick.parse(decode_fact(row.raw).recorded_at)
        expect(
            tick.ms <= machine.clock.highest_ms + PEER_LEAD_MS_LIMIT,
            "no peer leads a clock astray",
            f"{machine.name} stamped {tick.ms - machine.clock.highest_ms} ms after its own time",
        )


def hearing_is_right(
    machine: SimMachine,
    segment: Segment,
    merged: Merged | Refused,
    lead: int,
    *,
    restored: bool,
) -> None:
    """Hearing leaves a whole chain, a visible gap and a clock of one's own."""
    record = machine.up.record
    expect(
        record.clock.last.ms <= max(lead, machine.clock.read_ms() + PEER_LEAD_MS_LIMIT),
        "no peer leads a clock astray",
        f"{machine.name} was led to {record.clock.last.ms} by {segment.channel.text()}",
    )
    if isinstance(merged, Refused):
        return
    where = f"{segment.channel.text()} at {machine.name}"
    honest = merged.stopped in ("", "rolled_back") if restored else not merged.stopped
    expect(honest, NO_FORK, f"{where}: {merged.stopped}")
    chain_is_whole(machine, segment.channel)
    channel = record.channels[segment.channel]
    if merged.waiting:
        rows = record.store.rows(WAITING, {"channel": channel.key})
        expect(rows, "gaps are visible", f"{where}: nothing waits")
        expect(channel.announced > channel.sequence, "gaps are visible", f"{where}: not announced")


def chain_is_whole(machine: SimMachine, name: ChannelName, walked: int = WALKED) -> None:
    """A channel has every number up to its head, and its last entries are chained."""
    record, where = machine.up.record, f"{name.text()} at {machine.name}"
    channel = record.channels[name]
    found = machine.store.connection.execute(
        "SELECT count(*), coalesce(max(sequence), 0) FROM entry WHERE channel = ?", (channel.key,)
    ).fetchone()
    expect(
        found == (channel.sequence, channel.sequence),
        "nothing is applied past a gap",
        f"{where}: {found} entries and the last number, the head is {channel.sequence}",
    )
    first = max(1, channel.sequence - walked + 1)
    before = record.store.entry(channel.key, first - 1)
    previous = genesis(WORLD, name) if before is None else before.hash
    for row in record.store.chain(channel.key, first, walked):
        previous = link(previous, row.sequence, row.raw)
        expect(previous == row.hash, "chains hold", f"{where}: {row.sequence}")


def peer_is_believed(merged: Merged | Refused | None, excused: Collection[str]) -> None:
    """What an honest peer offers is never refused, unless the disk is full.

    Or the one who hears has not heard of the teller or its key yet: these refusals are excused.
    """
    says = merged.says if isinstance(merged, Refused) else "no segment"
    holds = isinstance(merged, Merged) or merged == DISK_FULL
    later = isinstance(merged, Refused) and merged.code in excused
    expect(holds or later, "honest peers are believed", says)


def record_is_sound(world: "World", machine: SimMachine) -> None:
    """A node that starts has everything that it ever said is done."""
    if machine.name in world.in_the_dark:
        return
    for promise in world.ledger.promises.values():
        if promise.teller == machine.name and not promise.is_lost:
            expect(
                machine.holds(promise.fact),
                "nothing acknowledged is lost",
                f"{promise.fact} of {promise.owner} is gone after a stop",
            )
