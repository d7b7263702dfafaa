# SPDX-License-Identifier: Apache-2.0
"""Several incidents at once: who gets which unit when the best sets of two overlap.

First each incident has its own best set. Where none overlap that is the optimum. Incidents that
claim one unit are put together and searched, best first, by *conflict*: of those who claim a unit
at most one can have it, so in each branch one of them may keep it and the others must do without.
What incidents cost alone is never more than what they cost together, so the first plan without an
overlap is the best. (Sharon, Stern, Felner and Sturtevant, "Conflict-based search", AI 219, 2015;
Standley, "Finding optimal solutions to cooperative pathfinding problems", AAAI 2010.)
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bavn.engines.dispatch.case import Case
from bavn.engines.dispatch.cover import Cover
from bavn.engines.dispatch.search import Found, best
from bavn.engines.dispatch.words import Patience, Rule

# By urgency: millionths missing, milliseconds late, milliseconds until it is met; then units, loss.
Cost = tuple[int, ...]
PER_CLASS = 3
Bars = frozenset[int]
NONE: Bars = frozenset()
# Nodes before clusters are compared with each other, and for the incidents of one urgency.
FIRST_NODES, CLASS_NODES = 5, 50
# So many incidents are shared out anew at a time, in so many nodes; when that helps no more, more.
ROUNDS = ((3, 20), (5, 40), (8, 80))


class Task(NamedTuple):
    """One incident's need, and how urgent: what is less urgent never delays what is more so."""

    case: Case
    # 0 is the most urgent.
    urgency: int = 0


class Plan(NamedTuple):
    """A set for each incident; no unit is in two of them."""

    sets: tuple[Found, ...]
    cost: Cost


@dataclass
class Desk:
    """What is known of all incidents: their best sets under every bar that was asked about."""

    tasks: Sequence[Task]
    rule: Rule
    cover: Cover | None
    patience: Patience
    _known: dict[tuple[int, Bars], Found] = field(default_factory=dict)
    _costs: dict[tuple[int, tuple[int, ...]], tuple[int, int, int]] = field(default_factory=dict)

    def best(self, number: int, bars: Bars = NONE) -> Found:
        """The best set of one incident that must do without some units."""
        if bars:
            free = self.best(number)
            if not bars.intersection(free.units) and free.proven:
                # What it must do without it would not have taken.
                return free
        key = (number, bars)
        if key not in self._known:
            case = self.tasks[number].case
            self._known[key] = best(case, self.rule, None, self.patience, bars)
        return self._known[key]

    def cost(self, sets: Iterable[tuple[int, Found]]) -> Cost:
        """What some sets cost together, the urgent first."""
        classes = 1 + max(task.urgency for task in self.tasks)
        total = [0] * (PER_CLASS * classes + 2)
        for number, found in sets:
            at = PER_CLASS * self.tasks[number].urgency
            for place, cost in enumerate(self._cost_of(number, found), at):
                total[place] += cost
            total[-2] += len(found.units)
            total[-1] += found.loss
        return tuple(total)

    def _cost_of(self, number: int, found: Found) -> tuple[int, int, int]:
        key = number, found.units
        if key not in self._costs:
            case = self.tasks[number].case
            late_ms, until_ms = case.late_ms(found.when).sum(), case.until_ms(found.when).sum()
            self._costs[key] = case.missing(found.when.got), int(late_ms), int(until_ms)
        return self._costs[key]


@dataclass(order=True)
class _Node:
    """Some incidents under bars: what they cost at least, and whether they still overlap."""

    cost: Cost
    overlaps: int
    serial: int
    bars: dict[int, Bars] = field(compare=False)
    sets: dict[int, Found] = field(compare=False)


def shared(sets: dict[int, Found]) -> dict[int, list[int]]:
    """Give the units that several incidents claim, and who does."""
    claims: dict[int, list[int]] = {}
    for number, found in sets.items():
        for unit in found.units:
            claims.setdefault(unit, []).append(number)
    return {unit: claimants for unit, claimants in claims.items() if len(claimants) > 1}


class Cluster:
    """Incidents that claim the same units, searched together; it can be gone on with."""

    def __init__(self, desk: Desk, numbers: Iterable[int], taken: Bars = NONE) -> None:
        self._desk = desk
        self.numbers = frozenset(numbers)
        self._serial = 0
        self._seen: set[tuple[tuple[int, Bars], ...]] = set()
        self._ahead = [self._node(dict.fromkeys(sorted(numbers), taken))]
        self.take(given_out(desk, numbers, taken))

    def take(self, plan: dict[int, Found]) -> None:
        """Begin with a plan without overlaps."""
        self.plan, self.cost = plan, self._desk.cost(plan.items())

    @property
    def bound(self) -> Cost:
        """No plan costs less."""
        return min(self.cost, self._ahead[0].cost) if self._ahead else self.cost

    def search(self, nodes: int) -> None:
        """Go on, for so many nodes at most."""
        desk = self._desk
        for _ in range(nodes):
            if self.bound >= self.cost or desk.patience.spent():
                return
            node = heapq.heappop(self._ahead)
            clashes = shared(node.sets)
            if not clashes:
                self.plan, self.cost = node.sets, node.cost
                return
            self._branch(node, clashes)

    def _branch(self, node: _Node, clashes: dict[int, list[int]]) -> None:
        unit, claimants = max(clashes.items(), key=lambda each: (len(each[1]), -each[0]))
        for keeper in claimants:
            bars = dict(node.bars)
            for number in claimants:
                if number != keeper:
                    bars[number] |= {unit}
            mark = tuple(bars.items())
            if mark not in self._seen:
                self._seen.add(mark)
                child = self._node(bars)
                if child.cost < self.cost:
                    heapq.heappush(self._ahead, child)

    def _node(self, bars: dict[int, Bars]) -> _Node:
        sets = {number: self._desk.best(number, bars[number]) for number in bars}
        self._serial += 1
        overlaps = sum(len(claimants) - 1 for claimants in shared(sets).values())
        return _Node(self._desk.cost(sets.items()), overlaps, self._serial, bars, sets)


def given_out(desk: Desk, numbers: Iterable[int], taken: Bars = NONE) -> dict[int, Found]:
    """One after the other takes its best of what is left, the urgent first."""
    found = {}
    for number in sorted(numbers, key=lambda each: (desk.tasks[each].urgency, each)):
        found[number] = desk.best(number, taken)
        taken = taken.union(found[number].units)
    return found


def by_urgency(desk: Desk, numbers: Iterable[int]) -> dict[int, Found]:
    """The most urgent are searched by themselves first, then the others in what they leave."""
    plan: dict[int, Found] = {}
    classes: dict[int, list[int]] = {}
    for number in sorted(numbers):
        classes.setdefault(desk.tasks[number].urgency, []).append(number)
    for _, members in sorted(classes.items()):
        taken = frozenset(unit for found in plan.values() for unit in found.units)
        few = Cluster(desk, members, taken)
        few.search(CLASS_NODES)
        plan |= few.plan
    return plan


def improved(desk: Desk, sets: dict[int, Found], rivals: int, nodes: int) -> dict[int, Found]:
    """Take up each incident with those who hold what it would like, and share out among them anew.

    Ends when that makes nothing better any more, or time is out.
    """
    cost = desk.cost(sets.items())
    waiting = sorted(sets, key=lambda number: (desk.tasks[number].urgency, number))
    while waiting and not desk.patience.over():
        group = _rivals(desk, sets, waiting.pop(0), rivals)
        if len(group) == 1:
            continue
        taken = frozenset(
            unit for number, found in sets.items() if number not in group for unit in found.units
        )
        few = Cluster(desk, group, taken)
        few.search(nodes)
        tried = {**sets, **few.plan}
        tried_cost = desk.cost(tried.items())
        if tried_cost < cost:
            sets, cost = tried, tried_cost
            waiting += [number for number in sorted(group) if number not in waiting]
    return sets


def _rivals(desk: Desk, sets: dict[int, Found], number: int, most: int) -> set[int]:
    """The incident and some that hold what it would like, and what these would like."""
    holders = {unit: other for other, found in sets.items() for unit in found.units}
    group, ahead = {number}, [number]
    while ahead and len(group) < most:
        wished = desk.best(ahead.pop(0)).units
        for other in (holders[unit] for unit in wished if unit in holders):
            if other not in group and len(group) < most:
                group.add(other)
                ahead.append(other)
    return group


def planned(desk: Desk) -> tuple[dict[int, Found], Cost, bool]:
    """Give a plan for all, what no plan costs less than, and whether the plan costs just that.

    Clusters grow until the plans of no two of them overlap, also when they have become better.
    """
    clusters = [Cluster(desk, [number]) for number in range(len(desk.tasks))]
    while True:
        clusters = _apart(desk, clusters)
        _better(desk, [cluster for cluster in clusters if cluster.bound < cluster.cost])
        if not shared(_whole(clusters)):
            break
    bounds = [cluster.bound for cluster in clusters]
    bound = tuple(sum(column) for column in zip(*bounds, strict=True))
    sets = _whole(clusters)
    return sets, bound, desk.cost(sets.items()) <= bound and not desk.patience.ended


def _apart(desk: Desk, clusters: list[Cluster]) -> list[Cluster]:
    """Put clusters together until the plans of no two of them overlap."""
    while True:
        of = {number: at for at, cluster in enumerate(clusters) for number in cluster.numbers}
        claims = shared(_whole(clusters)).values()
        groups = _meeting([{of[number] for number in each} for each in claims])
        if not groups:
            return clusters
        grown = []
        for group in groups:
            grown.append(Cluster(desk, frozenset().union(*(clusters[at].numbers for at in group))))
            grown[-1].search(FIRST_NODES)
        gone = set().union(*groups)
        clusters = [*(each for at, each in enumerate(clusters) if at not in gone), *grown]


def _better(desk: Desk, open_ones: Sequence[Cluster]) -> None:
    """Make the plans of clusters better as long as there is time, each by itself."""
    for cluster in open_ones:
        if desk.patience.over():
            break
        plans = cluster.plan, by_urgency(desk, cluster.numbers)
        cluster.take(min(plans, key=lambda plan: desk.cost(plan.items())))
    for rivals, nodes in ROUNDS:
        for cluster in open_ones:
            cluster.take(improved(desk, cluster.plan, rivals, nodes))
    for cluster in open_ones:
        cluster.search(desk.patience.nodes_limit)


def _whole(clusters: Iterable[Cluster]) -> dict[int, Found]:
    return {number: found for each in clusters for number, found in each.plan.items()}


def _meeting(groups: list[set[int]]) -> list[set[int]]:
    """Put groups together that have a member in common."""
    found: list[set[int]] = []
    for group in groups:
        whole, apart = set(group), []
        for other in found:
            if other & whole:
                whole |= other
            else:
                apart.append(other)
        found = [*apart, whole]
    return found
