# SPDX-License-Identifier: Apache-2.0
"""Many nodes: what a fact for one area costs when there are more and more nodes elsewhere.

All nodes are in one process, joined by lines in memory, each with its own journal on disk and its
own exchange; so the cost is the processor time of the whole federation, and the wire is left out.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from bavn.journal.decision import Request
from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.kernel.audience import area
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.runtime.memory import settle
from bavn.runtime.peers.memory_line import Network
from bench.measure import folder
from bench.tiers import NATION, Running, key_of, until
from bench.vocabulary import OFFICER, SERVICE, TellArea

SIZES = (6, 40, 140)
FACTS, PER_S = 1_000, 200
IDLE_S = 5.0
AREAS = 4
TOP = OrganisationId("area-0")
# The node that tells is the first under the first area.
TELLER = NodeId("local-0")


@dataclass(frozen=True)
class Cost:
    """What a federation costs."""

    idle_share: float
    fact_ms: float
    letters: float


def main() -> None:
    """Print costs and ratios."""
    print(f"\n{FACTS} facts for one area of two nodes, in federations of growing size, one process")
    costs = {}
    for size in SIZES:
        with folder() as place:
            costs[size] = asyncio.run(_measured(place, size))
        cost = costs[size]
        print(
            f"  {size:>3} nodes: {cost.fact_ms:.2f} ms of processor a fact,"
            f" {cost.letters:.2f} letters a fact; idle {cost.idle_share * 100:.0f} % of a core,"
            f" {cost.idle_share * 1_000 / size:.1f} ms a second and node"
        )
    least, most = costs[SIZES[0]], costs[SIZES[-1]]
    ratio = most.fact_ms / least.fact_ms
    print(f"  ratio of a fact's cost, {SIZES[-1]} to {SIZES[0]} nodes: {ratio:.2f}")


def _roster(size: int) -> tuple[Roster, dict[NodeId, NodeId]]:
    centres = [NodeId(f"centre-{number}") for number in range(AREAS)]
    locals_ = [NodeId(f"local-{number}") for number in range(size - 1 - AREAS)]
    parents = dict.fromkeys(centres, NATION)
    # The first is alone under its centre, the others are spread over the other areas.
    parents[TELLER] = centres[0]
    parents |= {each: centres[1 + n % (AREAS - 1)] for n, each in enumerate(locals_[1:])}
    of_area = {centres[0], TELLER}
    peers = [
        Peer(
            node=each,
            key=key_of(each).verify_key.encode(),
            parent=parents.get(each),
            hears=frozenset({area(TOP)}) if each in of_area else frozenset(),
        )
        for each in (NATION, *parents)
    ]
    return roster_of(peers, [Grant(owner=SERVICE, node=TELLER, epoch=1)]), parents


async def _measured(place: Path, size: int) -> Cost:
    roster, parents = _roster(size)
    network = Network()
    for node, parent in parents.items():
        network.join(node, parent)
    nodes = {each: Running(place, each, [network.line(each)], roster) for each in roster.peers}
    for running in nodes.values():
        await running.exchange.open()
    await until(lambda: _all_hear(nodes), 60, 0.05)
    settle()
    await asyncio.sleep(2)
    idle_share = await _share_while(asyncio.sleep(IDLE_S))
    before_letters, before_s = _letters(network, parents), time.perf_counter()
    share = await _share_while(_tell_all(nodes, roster))
    spent_s = time.perf_counter() - before_s
    idle_letters = 2 * len(parents) * spent_s
    letters = _letters(network, parents) - before_letters - idle_letters
    for running in nodes.values():
        await running.close()
    return Cost(idle_share, (share - idle_share) * spent_s / FACTS * 1_000, letters / FACTS)


async def _share_while(work) -> float:  # type: ignore[no-untyped-def]  # noqa: ANN001 - any coroutine
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    await work
    return (time.process_time() - cpu_s) / (time.perf_counter() - wall_s)


def _all_hear(nodes: dict[NodeId, Running]) -> bool:
    now_s = time.monotonic()
    return all(
        not node.exchange.others.of(above).is_silent(now_s)
        for name, node in nodes.items()
        if (above := node.journal.record.roster.parent_of(name)) is not None
    )


async def _tell_all(nodes: dict[NodeId, Running], roster: Roster) -> None:
    teller = nodes[TELLER]
    hears = roster.parent_of(TELLER)
    assert hears is not None
    start = time.perf_counter()
    for number in range(FACTS):
        wait_s = start + number / PER_S - time.perf_counter()
        await asyncio.sleep(max(0.0, wait_s))
        content = TellArea(number=f"{number}", area=TOP)
        await teller.tell(Request(owner=SERVICE, actor=OFFICER, content=content))
    await until(lambda: nodes[hears].holds(TELLER) == FACTS, 60, 0.01)


def _letters(network: Network, parents: dict[NodeId, NodeId]) -> int:
    return sum(network.link(node).letter_count for node in parents)
