# SPDX-License-Identifier: Apache-2.0
"""After the storm: everything is mended, everybody is answered, all is told, all reactions act."""

from typing import TYPE_CHECKING

from tests.storm import survival, tiers
from tests.storm.broken import expect
from tests.storm.faults import DAY_MS

if TYPE_CHECKING:
    from tests.storm.world import World

ROUNDS_LIMIT = 50
"""Rounds of exchange and reactions until all is quiet; a storm's rest takes three or four."""

QUIET = "all becomes quiet"


def calm(world: "World") -> None:
    """Mend everything and let all that is owed happen."""
    mend(world)
    world.settle()
    survival.sees_again(world)
    answer_all(world)
    tiers.settle_all(world)
    world.settle()
    survival.sees_again(world)
    quieten(world)
    # Every timer that a storm can have set is due after so long, whatever clock set it.
    world.pass_time(10 * DAY_MS)
    quieten(world)
    restart(world)
    quieten(world)


def mend(world: "World") -> None:
    """Put network, disks, clocks and programs in order, and start what is down."""
    world.network.heal()
    for running in world.rebuilds.values():
        running.close()  # type: ignore[attr-defined]
    world.rebuilds.clear()
    for machine in world.machines.values():
        machine.clock.set_right()
        if machine.disk.lost:
            machine.lose_power()
            world.went_down(machine)
        machine.mend()
        if not machine.is_up:
            world.start(machine)
        if machine.older:
            machine.kill()
            survival.upgrade(world, machine)


def answer_all(world: "World") -> None:
    """Ask again what nobody answered, until there is nothing left to ask."""
    for machine in world.machines.values():
        waiting = world.unanswered[machine.name]
        group, waiting[:] = list(waiting), []
        if group:
            world.commit(machine, group)
        expect(not waiting, "each request has an answer", f"{len(waiting)} at {machine.name}")


def quieten(world: "World") -> None:
    """Let reactions act and all tell all, until nothing moves."""
    for _ in range(ROUNDS_LIMIT):
        looked = 0
        for machine in world.up():
            while count := world.turn(machine):
                looked += count
        world.settle()
        if not looked:
            return
    expect(False, QUIET, f"not after {ROUNDS_LIMIT} rounds")  # noqa: FBT003


def restart(world: "World") -> None:
    """Stop all nodes, half of them in good order, and start them."""
    for number, machine in enumerate(world.machines.values()):
        if number % 2:
            machine.close()
        else:
            machine.lose_power()
        world.start(machine)
