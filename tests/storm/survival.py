# SPDX-License-Identifier: Apache-2.0
"""Restoring an older state, and exactly what may be lost by it.

What a restored node told or heard after the backup is lost where nobody else holds it. An entry can
come back when some node can reach it: when it is held there, or waits there behind a gap that
others can close. All else must be as it was. While this is computed, no message is under way from
the restored node: setting up a machine takes longer than any delay.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from bavn.journal.chain import ChannelName, Segment
from bavn.journal.fact import decode_fact
from bavn.journal.kept import WAITING
from bavn.journal.verify import _sealed_in
from bavn.kernel.identity import FactId
from tests.storm.machine import Backup, SimMachine

if TYPE_CHECKING:
    from tests.storm.world import World


class Told(NamedTuple):
    """An entry of a channel: its number, its fact, and the bytes."""

    sequence: int
    fact: FactId
    raw: bytes


def restore(world: "World", machine: SimMachine, backup: Backup) -> None:
    """Restore a node that is up, and make the promises smaller by what may be lost."""
    for each in world.machines.values():
        if not each.is_up:
            world.start(each)
    before = {name: list(told_in(machine, name)) for name in machine.up.record.channels}
    machine.kill()
    world.went_down(machine)
    world.network.forget(machine.name)
    by_the_book = world.chance.random() < 0.7
    machine.restore(backup, by_the_book=by_the_book)
    world.in_the_dark.add(machine.name)
    world.restored.add(machine.name)
    world.forgetful.add(machine.name)
    world.note("restore", machine.name, backup.number)
    world.start(machine)
    for name, told in before.items():
        reach = reach_of(world, name)
        if told and told[-1].sequence > reach:
            _lose(world, machine, name, [each for each in told if each.sequence > reach], reach)
    for name in machine.up.record.channels:
        # A newer backup than the one before brings back what that one had lost.
        if name.text() in world.ledger.ends:
            world.ledger.ends[name.text()] = reach_of(world, name)
    _note_forgotten(world, machine, before)
    if not by_the_book:
        _find_out(world, machine)
    if machine.name in world.federation.new_keys:
        _find_key(world, machine)
    # Its reactions are held, so that nothing comes of this.
    world.turn(machine)


def _find_out(world: "World", machine: SimMachine) -> None:
    """Somebody only copied the files: the node hears from its peers that it has forgotten things.

    Where none of them knows of any, the one who copied remembers what the book says.
    """
    incarnation = machine.up.record.incarnation
    for peer in world.machines.values():
        if peer is not machine:
            world.tell_all(peer, machine)
    if machine.up.record.incarnation == incarnation:
        machine.ask(lambda journal: journal.begin_incarnation())
    else:
        world.note("found out", machine.name)


def _find_key(world: "World", machine: SimMachine) -> None:
    """A backup may be older than the key: the node hears how it is known before it tells."""
    for peer in list(world.machines.values()):
        if peer is not machine and peer.is_up and machine.is_up:
            world.tell_all(peer, machine)
    world.federation.take_back_key(world, machine)
    world.federation.look_at_key(world, machine)


def told_in(machine: SimMachine, name: ChannelName) -> Iterator[Told]:
    """The entries of a channel that a node holds."""
    record = machine.up.record
    for row in record.store.chain(record.channels[name].key, 1, 1_000_000):
        yield Told(row.sequence, decode_fact(row.raw).id, row.raw)


def reach_of(world: "World", name: ChannelName) -> int:
    """The last number of a channel that can still be heard by all who may hear it."""
    reach = 0
    waiting: list[Segment] = []
    for machine in world.machines.values():
        record = machine.up.record
        channel = record.channels.get(name)
        if channel is None:
            continue
        reach = max(reach, channel.sequence)
        for row in record.store.rows(WAITING, {"channel": channel.key}):
            raw = row["raw"]
            assert isinstance(raw, bytes)
            waiting.append(Segment.from_bytes(raw))
    for segment in sorted(waiting, key=lambda each: (each.first, each.last)):
        if segment.first <= reach + 1:
            reach = max(reach, segment.last)
    return reach


def _lose(
    world: "World", machine: SimMachine, name: ChannelName, lost: list[Told], reach: int
) -> None:
    if not world.federation.is_thiefs(name):
        # A thief's disk is none of ours: he goes on telling from where he was.
        world.ledger.ends[name.text()] = reach
    for told in lost:
        promise = world.ledger.promises.get(told.fact)
        if promise is not None:
            promise.audiences.discard(name.audience)
    world.note("lost", machine.name, name.text(), reach, len(lost))


def _note_forgotten(
    world: "World", machine: SimMachine, before: dict[ChannelName, list[Told]]
) -> None:
    """Of what the node told after the backup, numbers are forgotten and ciphertexts lost."""
    ledger = world.ledger
    for name, told in before.items():
        if name.node == machine.name:
            for each in told:
                if not machine.holds(each.fact):
                    ledger.texts_lost.update(sealed for sealed, _ in _sealed_in(each.raw))
                    fact = decode_fact(each.raw)
                    if fact.sender is not None:
                        ledger.forgotten.add((fact.owner, fact.sender.sender, fact.sender.ref))


def upgrade(world: "World", machine: SimMachine) -> None:
    """Put the newer program on a machine that is down, and start it."""
    if machine.base.roots:
        # Such a program kept no list of statements.
        machine.drop_table("trust")
    machine.older = False
    world.note("upgrade", machine.name)
    world.start(machine)


def sees_again(world: "World") -> None:
    """All have told each other everything: restored nodes let their reactions go."""
    for name in sorted(world.in_the_dark):
        machine = world.machines[name]
        if machine.up.reactor.held:
            machine.ask(lambda journal: journal.reactor.resume())
        world.note("resume", name)
    world.in_the_dark.clear()
