# SPDX-License-Identifier: Apache-2.0
"""People come to a desk: some with what was not answered, some with something new."""

from typing import TYPE_CHECKING

from tests.storm.machine import SimMachine

if TYPE_CHECKING:
    from tests.storm.world import World

GROUP_LIMIT = 20


def ask(world: "World", machine: SimMachine) -> None:
    """Ask a node for a group of things at once."""
    chance, waiting = world.chance, world.unanswered[machine.name]
    size = chance.choice((1, 1, 2, 3, 5, chance.randint(6, GROUP_LIMIT)))
    group = []
    if waiting and chance.random() < 0.7:
        group, waiting[:] = waiting[:size], waiting[size:]
    while len(group) < size:
        owners = world.owners_at(machine)
        group.append(world.officers.asks_of(machine.name, owners, older=machine.older))
        if group[-1].request.numbered and chance.random() < 0.05:
            group.append(group[-1])  # somebody pressed twice
    world.commit(machine, group)
    if machine.is_up and chance.random() < 0.05:
        machine.lose_power()
        world.went_down(machine)
