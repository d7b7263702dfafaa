# SPDX-License-Identifier: Apache-2.0
"""How fast and how good a recommendation is: `python -m bench dispatch`.

The country's own units and pick lists, incidents of the demonstration's days, some units busy. One
incident, and 25 at once, beside *plain nearest idle*: line by line of the pick list the soonest
idle unit that fits, one incident after the other. Several at once also beside the exact optimum.

Times are of the processor: what others do on the machine does not count.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from bavn.engines.dispatch import (
    Arrival,
    Claim,
    Cover,
    Joint,
    Layer,
    Patience,
    Rule,
    Standing,
    Units,
    Want,
    recommend,
    recommend_together,
)
from bavn.engines.dispatch.case import Case
from bench.dispatch_optimum import optimum
from bench.dispatch_states import BUSY_SHARE, NEEDS, Scene, State

NEAR_TIE_S, STEP = 60.0, 0.001
MOMENTS = 20
# The joint search stops here; what is left of the 50 ms is for telling.
LIMIT_S = 0.016
LONG_LIMIT_S = 10.0
OPTIMA = 6
AIM_MS, FIRST_AIM_MS = 50, 200
FIRSTS = 5
KINDS = (
    ("25 after each other, an ordinary day", "ordinary", False),
    ("25 after each other, a storm", "storm", False),
    ("25 at one place, a storm", "storm", True),
)
# What is missing, how late, how long: by urgency.
Score = tuple[float, ...]


def timed(work: Callable[[], object]) -> float:
    """The processor's milliseconds."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def told(name: str, runs: Sequence[float], aim: str = "") -> None:
    """Print the middle and the slowest hundredth."""
    p50, p99 = np.quantile(runs, [0.5, 0.99])
    print(f"  {name:<52} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  ({len(runs)} runs) {aim}")


def nearest_idle(state: State, scene: Scene, numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """Line by line the soonest idle unit that fits; one incident after the other."""
    idle = state.units.free.copy()
    teams = []
    for number in numbers:
        median_s, team = state.claims[number].arrival.median_s, []
        for line in state.lines[number]:
            for _ in range(line.number):
                can = np.where(idle & scene.fits[:, line.fits], median_s, np.inf)
                unit = int(can.argmin())
                if np.isfinite(can[unit]):
                    idle[unit] = False
                    team.append(unit)
        teams.append(tuple(team))
    return teams


def score(state: State, teams: Sequence[tuple[int, ...]]) -> Score:
    """What a way of sending costs, counted alike for everybody."""
    found = [0.0] * 9
    for claim, team in zip(state.claims, teams, strict=True):
        case = Case(state.units, claim.wants, claim.arrival)
        when = case.met(case.rows(team))
        at = 3 * claim.urgency
        found[at] += case.missing(when.got) / 1e6
        found[at + 1] += float(case.late_ms(when).sum()) / 1000
        found[at + 2] += float(when.at_ms.sum()) / 1000
    return tuple(found)


def score_of(found: Joint) -> Score:
    """The same of a joint recommendation."""
    parts = [part for each in found.cost for part in each]
    return tuple(parts + [0.0] * (9 - len(parts)))


def one(scene: Scene, states: Sequence[State]) -> None:
    """One incident: with arrivals, cover, runner-up, reason, all made anew."""
    ours, peers, ratios = [], [], []
    for state in states:
        for number in range(0, NEEDS, 5):
            claim = state.claims[number]
            spent = timed(lambda s=state, c=claim: whole(scene, s, c))  # type: ignore[misc]
            peer = timed(lambda s=state, n=number: nearest_idle(s, scene, [n]))  # type: ignore[misc]
            ours.append(spent)
            peers.append(peer)
            ratios.append(spent / max(peer, 1e-3))
    told("recommendation, cover and runner-up with it", ours, f"aim: p99 {AIM_MS}")
    told("plain nearest idle", peers)
    print(f"  ratio to plain nearest idle: {statistics.median(ratios):.0f}")


def whole(scene: Scene, state: State, claim: Claim) -> None:
    """All that is done when an alarm comes, but for the road times."""
    cover = Cover(state.units, (scene.layer,))
    rule = Rule(near_tie_s=NEAR_TIE_S, cover_step=STEP)
    found = recommend(state.units, claim.wants, claim.arrival, rule, cover=cover)
    assert found.best.left is not None


def at_once(state: State, limit_s: float, *, cover: Cover | None = None) -> Joint:
    """A joint recommendation within so much of the processor's time."""
    start = time.process_time()
    patience = Patience(nodes_limit=10**9, is_over=lambda: time.process_time() - start > limit_s)
    rule = Rule(cover_step=STEP)
    return recommend_together(state.units, state.claims, rule, cover=cover, patience=patience)


def several(scene: Scene, states: Sequence[State]) -> None:
    """25 incidents at once: time, and how far from nearest idle and from the optimum."""
    ours, peers, found, ratios = [], [], [], []
    for state in states:
        cover = Cover(state.units, (scene.layer,))
        start = time.process_time()
        found.append(at_once(state, LIMIT_S, cover=cover))
        ours.append((time.process_time() - start) * 1000)
        peers.append(timed(lambda s=state: nearest_idle(s, scene, range(NEEDS))))  # type: ignore[misc]
        ratios.append(ours[-1] / peers[-1])
    told("25 needs at once", ours, f"aim: p99 {AIM_MS}")
    told("plain nearest idle, one after the other", peers)
    print(f"  ratio to plain nearest idle: {statistics.median(ratios):.1f}")
    print(f"  proven within {LIMIT_S * 1000:.0f} ms: {sum(each.proven for each in found)}")
    plain = [score(state, nearest_idle(state, scene, range(NEEDS))) for state in states]
    _compare("plain nearest idle", [score_of(each) for each in found], plain)
    best, ours_of_best, ways = [], [], set()
    for state, each in list(zip(states, found, strict=True))[:OPTIMA]:
        exact = each if each.proven else at_once(state, LONG_LIMIT_S)
        way, reached = ("our own search", score_of(exact)) if exact.proven else _solved(state)
        if reached is not None:
            best.append(reached)
            ours_of_best.append(score_of(each))
            ways.add(way)
    print(f"  the exact optimum is known of {len(best)} of {OPTIMA}, by {', '.join(sorted(ways))}")
    if best:
        _compare("the exact optimum", ours_of_best, best)


def _solved(state: State) -> tuple[str, Score | None]:
    reached = optimum(state.units, state.claims)
    return "HiGHS" if reached is not None else "nobody", reached


def _compare(name: str, ours: Sequence[Score], others: Sequence[Score]) -> None:
    """Sums over all moments: a single one may well be zero."""
    mine, theirs = (np.array(each).sum(axis=0) for each in (ours, others))
    words = []
    for urgency, title in enumerate(("immediate", "soon", "ordinary")):
        missing, late, until = (
            (mine[3 * urgency + at], theirs[3 * urgency + at]) for at in range(3)
        )
        words.append(
            f"    {title:<9} missing {missing[0]:.2f} to {missing[1]:.2f}, late"
            f" {_ratio(*late)}, until met {_ratio(*until)}"
        )
    print(f"  beside {name}, ratios of seconds:")
    print("\n".join(words))


def _ratio(mine: float, theirs: float) -> str:
    return f"{mine / theirs:.3f} ({mine:,.0f} to {theirs:,.0f})" if theirs else f"{mine:,.0f} to 0"


def invented() -> tuple[Units, Claim, Layer]:
    """2,500 units, a need and 8,000 places from a seed: for a process that has read nothing."""
    chance = np.random.default_rng(1)
    count, posts, places = 2_500, 300, 8_000
    units = Units(
        name=np.array([f"unit {number:04}" for number in range(count)]),
        standing=np.where(chance.random(count) < BUSY_SHARE, Standing.BUSY, Standing.HOME),
        gives=chance.choice([0.0, 0.0, 0.0, 1.0, 6.0], size=(count, 12)),
    )
    median_s = chance.random(count) * 7_200
    wants = tuple(Want(number, 2.0, 600.0) for number in range(5))
    layer = Layer(
        capability=0,
        amount=1.0,
        weight=np.full(places, 1.0 / places),
        run_s=(chance.random((posts, places)) * 7_200).astype(np.float32),
        post=chance.integers(0, posts, size=count),
        ready_s=np.full(count, 90.0),
        cap_s=3_600.0,
        goal_s=900.0,
    )
    return units, Claim(wants, Arrival(median_s, median_s * 1.3)), layer


def first() -> None:
    """The first call of a process: state made, nothing of the engine used before."""
    units, claim, layer = invented()
    start = time.process_time()
    rule = Rule(near_tie_s=NEAR_TIE_S, cover_step=STEP)
    cover = Cover(units, (layer,))
    recommend(units, claim.wants, claim.arrival, rule, cover=cover)
    print((time.process_time() - start) * 1000)


def firsts() -> None:
    """The first call in processes of their own."""
    command = [sys.executable, "-m", "bench.dispatch"]
    runs = [
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(FIRSTS)
    ]
    told("first call in a new process", runs, f"aim: {FIRST_AIM_MS}")


def main() -> None:
    """Measure and print."""
    print("\ndispatch: 25 needs, the country's units")
    firsts()
    scene = Scene()
    print(f"  {scene.count:,} units, {scene.layer.run_s.shape[0]} posts, 8,000 places")
    for number, (title, kind, near) in enumerate(KINDS):
        states = scene.moments(kind, MOMENTS, near=near)
        print(f"\n dispatch: {title}")
        if number == 0:
            one(scene, states)
        several(scene, states)


if __name__ == "__main__":
    first()
