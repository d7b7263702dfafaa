# SPDX-License-Identifier: Apache-2.0
"""What happens in a storm, one step at a time: work and faults, by weight."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bavn.journal.rebuild import in_silence, rebuilding
from bavn.journal.store import StoreFull
from bavn.kernel.identity import NodeId
from tests.storm import survival
from tests.storm.asking import ask
from tests.storm.machine import KIB, SimMachine, WentDown
from tests.storm.tiers import TIERED

if TYPE_CHECKING:
    from tests.storm.world import World

MINUTE_MS, DAY_MS = 60_000, 86_400_000
PAUSES_MS = (0, 5, 50, 500, 3_000, 20_000)


def step(world: "World") -> None:
    """Let some time pass and one thing happen."""
    world.step_count += 1
    world.pass_time(world.chance.choice(PAUSES_MS))
    steps = {**STEPS, **TIERED} if world.country.has_tiers else STEPS
    (happens,) = world.chance.choices(tuple(steps), tuple(steps.values()))
    machine = world.machines[world.chance.choice(tuple(world.machines))]
    try:
        _fulfil(world)
        if machine.is_up:
            happens(world, machine)
        elif world.chance.random() < 0.5:
            world.start(machine)
    except WentDown:
        if not machine.is_up:
            world.went_down(machine)


def _fulfil(world: "World") -> None:
    """Machines that were doomed when they were backed up fail, and the backup is put in place."""
    for name, at in list(world.doomed.items()):
        if at <= world.step_count and world.machines[name].is_up and name not in world.rebuilds:
            del world.doomed[name]
            machine = world.machines[name]
            # What a peer has heard by then comes back, and so must not be done once more.
            peer = world.machines[_other(world, machine)]
            if peer.is_up and world.chance.random() < 0.7:
                world.turn(machine)
                world.tell_all(machine, peer)
            survival.restore(world, machine, world.backups[name][-1])
            # People do not wait until the machine has heard what it has forgotten.
            ask(world, machine)


def _turn(world: "World", machine: SimMachine) -> None:
    world.turn(machine)


def _other(world: "World", machine: SimMachine) -> NodeId:
    return world.chance.choice([name for name in world.machines if name != machine.name])


def _pull(world: "World", machine: SimMachine) -> None:
    world.pull(machine, _other(world, machine))


def _push(world: "World", machine: SimMachine) -> None:
    world.push(machine, _other(world, machine))


def _rebuild(world: "World", machine: SimMachine) -> None:
    """Go on with a rebuild, or begin one; it is interleaved with all that happens meanwhile."""
    running = world.rebuilds.get(machine.name)
    if running is None:
        running = rebuilding(machine.up.record, in_silence)
        world.rebuilds[machine.name] = running
    for _ in range(world.chance.randint(1, 4)):
        try:
            at = machine.ask(lambda _: next(running, None))
        except StoreFull:
            at = None
        if at is None:
            world.rebuilds.pop(machine.name, None)
            world.note("rebuilt", machine.name)
            return


def _crash(world: "World", machine: SimMachine) -> None:
    machine.lose_power()
    world.went_down(machine)


def _kill(world: "World", machine: SimMachine) -> None:
    machine.kill()
    world.went_down(machine)


def _crash_soon(world: "World", machine: SimMachine) -> None:
    """Lose power inside one of the next writes or flushes."""
    machine.disk.arm_crash(after_operations=world.chance.randint(1, 40))


def _fill(world: "World", machine: SimMachine) -> None:
    machine.fill(world.chance.choice((0, 8, 60, 300, 500, 900)) * KIB)
    world.note("full", machine.name)


def _make_room(world: "World", _machine: SimMachine) -> None:
    for machine in world.machines.values():
        machine.mend()


def _jump(world: "World", machine: SimMachine) -> None:
    """Set the clock to somewhere else, or to the right time."""
    chance, clock = world.chance, machine.clock
    if chance.random() < 0.4:
        clock.set_right()
    else:
        clock.jump(chance.choice((-1, 1)) * chance.choice(JUMPS_MS))
        clock.drift_per_million = chance.choice((0, 0, 200, -200))


# How often a backup is followed by a restore of it, within minutes.
DOOMED = 0.5
JUMPS_MS = (40, 2_000, 4_900, 7_000, 15 * MINUTE_MS, 13 * 60 * MINUTE_MS, 2 * DAY_MS)


def _pass_long(world: "World", _machine: SimMachine) -> None:
    world.pass_time(world.chance.choice((MINUTE_MS, 11 * MINUTE_MS)))


def _unsettle(world: "World", _machine: SimMachine) -> None:
    world.network.unsettle()


def _part(world: "World", _machine: SimMachine) -> None:
    world.network.part()


def _mend(world: "World", _machine: SimMachine) -> None:
    world.network.heal()


def _back_up(world: "World", machine: SimMachine) -> None:
    kept = world.backups[machine.name]
    kept.append(machine.back_up(len(kept)))
    world.note("backup", machine.name, len(kept))
    if world.chance.random() < DOOMED:
        world.doomed[machine.name] = world.step_count + world.chance.randint(2, 30)


def _restore(world: "World", machine: SimMachine) -> None:
    """Restore one of the last backups, perhaps one that was restored before."""
    kept = world.backups[machine.name]
    if kept and machine.name not in world.rebuilds:
        survival.restore(world, machine, world.chance.choice(kept[-2:]))
        ask(world, machine)


def _see_again(world: "World", _machine: SimMachine) -> None:
    """Let everybody tell everybody everything, so that restored nodes may act again."""
    if not world.in_the_dark:
        return
    world.network.heal()
    for machine in world.machines.values():
        machine.mend()
        if not machine.is_up:
            world.start(machine)
    world.settle()
    survival.sees_again(world)


def _upgrade(world: "World", machine: SimMachine) -> None:
    """Put the newer program on; it makes all views anew at its start."""
    if machine.older:
        machine.kill()
        world.went_down(machine)
        survival.upgrade(world, machine)


Step = Callable[["World", SimMachine], None]
STEPS: dict[Step, int] = {
    ask: 60,
    _turn: 25,
    _pull: 45,
    _push: 20,
    _rebuild: 14,
    _crash: 3,
    _kill: 3,
    _crash_soon: 10,
    _fill: 4,
    _make_room: 4,
    _jump: 6,
    _pass_long: 3,
    _unsettle: 4,
    _part: 3,
    _mend: 3,
    _back_up: 6,
    _restore: 4,
    _see_again: 4,
    _upgrade: 2,
}


def weather(world: "World") -> int:
    """How many steps a storm lasts: fewer where more machines have to be looked at after it."""
    return (
        world.chance.randint(35, 95) if world.country.has_tiers else world.chance.randint(80, 200)
    )
