# SPDX-License-Identifier: Apache-2.0
"""Who holds it all: nodes, wires and the play, what may be done to them, and what is seen then."""

import asyncio
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from bavn.kernel.identity import NodeId
from bavn.node.federated.founding import PLAY_TOKEN, SWITCH_TOKEN, folder_of, make_token
from bavn.node.federated.measure import Course, Sight, Stopwatch
from bavn.node.federated.plan import Plan
from bavn.node.federated.processes import NodeProcess
from bavn.node.federated.sight import INCIDENTS, Eyes, View
from bavn.node.federated.states import Act, State
from bavn.node.federated.wires import Wires
from bavn.node.play.several import Place
from bavn.runtime import clock
from bavn.runtime.log import log, log_error

# As many at once as start fastest together on two cores: what is started is all Python.
START_AT_ONCE = 2
LOOK_EACH_S = 0.1


class Turn(StrEnum):
    """What a person may do to a link."""

    CUT = "cut"
    FREEZE = "freeze"
    DELAY = "delay"
    NARROW = "narrow"
    RESTORE = "restore"


BREAKS = frozenset({Turn.CUT, Turn.FREEZE})


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that the page has reported for somebody: where, and its id there."""

    node: NodeId
    id: str


class Conductor:
    """The demonstration while it runs."""

    def __init__(
        self,
        data: Path,
        plan: Plan,
        ports: dict[NodeId, int],
        language: str,
        law: str | None = None,
    ) -> None:
        self.plan = plan
        self.wires = Wires(data, plan)
        self.nodes = {
            each.node: NodeProcess(data, each.node, ports[each.node], language, self._changed, law)
            for each in plan.nodes
        }
        self.stopwatch = Stopwatch()
        folders = {each.node: folder_of(data, each.node) for each in plan.nodes}
        self._play_tokens = {
            node: make_token(folder, PLAY_TOKEN, plan) for node, folder in folders.items()
        }
        tokens = {node: make_token(folder, SWITCH_TOKEN, plan) for node, folder in folders.items()}
        addresses = {node: process.address for node, process in self.nodes.items()}
        self.eyes = Eyes(addresses, tokens)
        # In the order in which they came to be.
        self.reports: list[Report] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Have wires and nodes be there; return when every node answers or has ended."""
        await self.wires.start()
        for node in self.nodes:
            self._begin(self.eyes.look(node))
        self._begin(self._watch())
        at_once = asyncio.Semaphore(START_AT_ONCE)

        async def start(node: NodeProcess) -> None:
            async with at_once:
                await node.start()

        await asyncio.gather(*(start(node) for node in self.nodes.values()))

    async def end(self) -> None:
        """End everything, the nodes all at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.eyes.close()
        await asyncio.gather(*(node.end() for node in self.nodes.values()))
        await self.wires.stop()

    def places(self) -> list[Place]:
        """Where the play is to tell what."""
        return [
            Place(
                node=each.node,
                address=self.nodes[each.node].address,
                token=self._play_tokens[each.node],
                hosts=each.hosts,
            )
            for each in self.plan.nodes
        ]

    # What is done

    async def turn(self, node: NodeId, turn: Turn) -> None:
        """Do something to the link above a node."""
        async with self._turn:
            log("federated.link", node=node, turn=turn.value)
            was_broken = self.wires.links()[node].is_broken
            await getattr(self.wires, turn.value)(node)
            self._time(f"link {node}", is_broken=turn in BREAKS, was_broken=was_broken)

    async def tend(self, node: NodeId, act: Act) -> bool:
        """Do something to a node; False when that cannot be done now."""
        log("federated.node", node=node, act=act.value)
        was_broken = self.nodes[node].state is not State.UP
        # Timed from the click: that a process must start first is part of how long it takes.
        self._time(f"node {node}", is_broken=act is not Act.BRING_BACK, was_broken=was_broken)
        return await self.nodes[node].do(act)

    async def report(self, node: NodeId, body: dict[str, Any]) -> Report | None:
        """Report an incident at a node; None when it does not take it."""
        answer = await self.eyes.ask(node, "POST", INCIDENTS, body)
        if answer is None:
            return None
        made = Report(node=node, id=str(answer["id"]))
        self.reports.append(made)
        return made

    async def knows(self, node: NodeId, incident: str) -> bool:
        """True when a node knows an incident."""
        return await self.eyes.ask(node, "GET", f"{INCIDENTS}/{incident}") is not None

    # What is seen

    def view(self, node: NodeId) -> View | None:
        """What a node says; None when it says nothing."""
        return self.eyes.view(node)

    def seen_from(self, by: NodeId, node: NodeId) -> Sight | None:
        """What one node says of another."""
        view = self.view(by)
        return None if view is None else view.sights.get(node)

    def _changed(self, node: NodeId) -> None:
        log("federated.node_is", node=node, state=self.nodes[node].state.value)

    def _time(self, name: str, *, is_broken: bool, was_broken: bool) -> None:
        if is_broken:
            self.stopwatch.broken(name, clock.seconds())
        elif was_broken:
            self.stopwatch.mended(name, clock.seconds(), clock.now())

    async def _watch(self) -> None:
        """Have each course look at what the node above its break sees."""
        while True:
            waited_for = set()
            for name, course in self.stopwatch.courses.items():
                if course.is_open:
                    waited_for.add(self._time_on(NodeId(name.partition(" ")[2]), course))
            self.eyes.hurried = waited_for
            await asyncio.sleep(LOOK_EACH_S)

    def _time_on(self, node: NodeId, course: Course) -> NodeId:
        """Have a course look at what is seen of a node; by whom it is seen."""
        parent = self.plan[node].parent
        # What happens to the uppermost is seen by the first below it.
        by = parent or self.plan.children_of(node)[0].node
        view = self.view(by)
        if view is not None:
            beyond = self.plan.from_here_down(node) if parent else [node]
            up = [each for each in beyond if each == node or self._is_up(each)]
            sights = {str(each): view.sights[each] for each in up if each in view.sights}
            course.look(sights, node, view.at_s)
        return by

    def _is_up(self, node: NodeId) -> bool:
        return self.nodes[node].state is State.UP

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_tell)
        self._tasks.append(task)


def _tell(task: "asyncio.Task[None]") -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log_error("federated.look_failed", error)
