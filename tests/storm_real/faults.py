# SPDX-License-Identifier: Apache-2.0
"""What happens to real processes and lines: each sort of fault, broken and mended again."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from bavn.kernel.identity import NodeId
from bavn.runtime.peers.switch import Switch
from tests.lilleland.nodes import NODES
from tests.runtime.peers.federation import PARENTS
from tests.storm_real.ground import Ground

LEAST_S, MOST_S = 0.3, 9.0
# Now and then longer than anybody waits for an answer.
LONG, LONG_S = 0.1, (10.0, 20.0)
FLAP_S = 0.2
DELAY_S = (0.1, 1.5)
BYTES_PER_S = (3_000, 30_000)


class Thing(NamedTuple):
    """What a fault happens to: no two happen to one thing at once."""

    sort: str
    node: NodeId


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what, to which thing, when it begins in its round, and how long it lasts."""

    name: str
    thing: Thing
    begins_s: float
    lasts_s: float
    # For delay and throttle: how late, how narrow.
    measure: float = 0.0

    def says(self) -> str:
        measure = f" {self.measure:.4g}" if self.measure else ""
        what = f"{self.name}{measure} {self.thing.sort} {self.thing.node}"
        return f"{what} at {self.begins_s:.1f} s for {self.lasts_s:.1f} s"


Act = Callable[[Ground, Fault], Awaitable[None]]


class Sort(NamedTuple):
    """How a fault is made and mended."""

    break_: Act
    mend: Act


async def _kill_node(ground: Ground, fault: Fault) -> None:
    await ground.members[fault.thing.node].kill()


async def _start_node(ground: Ground, fault: Fault) -> None:
    await ground.members[fault.thing.node].start()


async def _end_node(ground: Ground, fault: Fault) -> None:
    await ground.members[fault.thing.node].stop()


async def _stop_node(ground: Ground, fault: Fault) -> None:
    ground.members[fault.thing.node].send(signal.SIGSTOP)


async def _let_node_go(ground: Ground, fault: Fault) -> None:
    ground.members[fault.thing.node].send(signal.SIGCONT)


async def _kill_server(ground: Ground, fault: Fault) -> None:
    await ground.servers[fault.thing.node].kill()


async def _start_server(ground: Ground, fault: Fault) -> None:
    await ground.servers[fault.thing.node].start()


async def _stop_server(ground: Ground, fault: Fault) -> None:
    ground.signal_server(fault.thing.node, signal.SIGSTOP)


async def _let_server_go(ground: Ground, fault: Fault) -> None:
    ground.signal_server(fault.thing.node, signal.SIGCONT)


def _switch(ground: Ground, fault: Fault) -> Switch:
    where = ground.up if fault.thing.sort == "up" else ground.near
    return where[fault.thing.node]


async def _cut(ground: Ground, fault: Fault) -> None:
    await _switch(ground, fault).cut()


async def _freeze(ground: Ground, fault: Fault) -> None:
    await _switch(ground, fault).freeze()


async def _pass(ground: Ground, fault: Fault) -> None:
    await _switch(ground, fault).let_pass()


async def _strand(ground: Ground, fault: Fault) -> None:
    _switch(ground, fault).strand()


async def _nothing(_ground: Ground, _fault: Fault) -> None:
    """A half-open line mends itself, or it does not: new connections pass."""


async def _reset(ground: Ground, fault: Fault) -> None:
    """Cut the sockets; whoever tries again is let through."""
    await _cut(ground, fault)
    await _pass(ground, fault)


async def _flap(ground: Ground, fault: Fault) -> None:
    """Cut the sockets again and again, as a loose plug does."""
    for _ in range(int(fault.measure)):
        await _reset(ground, fault)
        await asyncio.sleep(FLAP_S)


async def _delay(ground: Ground, fault: Fault) -> None:
    _switch(ground, fault).delay_s = fault.measure


async def _throttle(ground: Ground, fault: Fault) -> None:
    _switch(ground, fault).bytes_per_s = int(fault.measure)


async def _widen(ground: Ground, fault: Fault) -> None:
    switch = _switch(ground, fault)
    switch.delay_s, switch.bytes_per_s = 0.0, 0


SORTS = {
    "kill node": Sort(_kill_node, _start_node),
    "end node": Sort(_end_node, _start_node),
    "stop node": Sort(_stop_node, _let_node_go),
    "kill server": Sort(_kill_server, _start_server),
    "stop server": Sort(_stop_server, _let_server_go),
    "cut": Sort(_cut, _pass),
    "freeze": Sort(_freeze, _pass),
    "half-open": Sort(_strand, _nothing),
    "reset": Sort(_reset, _nothing),
    "flap": Sort(_flap, _nothing),
    "delay": Sort(_delay, _widen),
    "throttle": Sort(_throttle, _widen),
}
# Over at once: from then on it is the program's to find out.
AT_ONCE = frozenset({"half-open", "reset", "flap"})
_OF_NODES: tuple[str, ...] = ("kill node", "kill node", "end node", "stop node")
_OF_SERVERS: tuple[str, ...] = ("kill server", "stop server")
_OF_NEAR_LINES: tuple[str, ...] = ("cut", "freeze", "half-open")
_OF_LINES: tuple[str, ...] = ("cut", "freeze", "half-open", "reset", "flap", "delay", "throttle")
_SORTS_OF = {
    "node": _OF_NODES,
    "server": _OF_SERVERS,
    "up": _OF_LINES,
    "near": _OF_NEAR_LINES,
}
THINGS = [
    Thing(sort, node)
    for sort, nodes in (("node", NODES), ("server", NODES), ("up", PARENTS), ("near", NODES))
    for node in nodes
]


def plan_round(chance: random.Random) -> list[Fault]:
    """The faults of a round: often one alone, so that its price is seen; else some at once."""
    count = chance.choice((1, 1, 1, 2, 3, 4))
    things = chance.sample(THINGS, count)
    return [_plan(thing, chance, spread_s=0.0 if count == 1 else 3.0) for thing in things]


def _plan(thing: Thing, chance: random.Random, spread_s: float) -> Fault:
    name = chance.choice(_SORTS_OF[thing.sort])
    measure = 0.0
    if name == "delay":
        measure = chance.uniform(*DELAY_S)
    elif name == "flap":
        measure = chance.randint(5, 30)
    elif name == "throttle":
        measure = chance.uniform(*BYTES_PER_S)
    lasts_s = 0.0 if name in AT_ONCE else _lasts_s(chance)
    return Fault(name, thing, chance.uniform(0.0, spread_s), lasts_s, measure)


def _lasts_s(chance: random.Random) -> float:
    is_long = chance.random() < LONG
    return chance.uniform(*LONG_S) if is_long else chance.uniform(LEAST_S, MOST_S)


def plan_kill(chance: random.Random) -> list[Fault]:
    """A round that only kills a node, for as long as it takes to start again."""
    return [Fault("kill node", Thing("node", chance.choice(NODES)), chance.random(), 0.0)]


def label(faults: list[Fault]) -> str:
    """What a round is counted under."""
    return "several at once" if len(faults) > 1 else _label(faults[0])


def _label(fault: Fault) -> str:
    line = {"up": " (server to server)", "near": " (node to server)"}.get(fault.thing.sort, "")
    return f"{fault.name}{line}"
