# SPDX-License-Identifier: Apache-2.0
"""One storm: rounds of faults while officers tell; then all is mended, and all must be whole."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.storm.broken import Broken
from tests.storm_real.checks import check_disks
from tests.storm_real.faults import SORTS, Fault, label, plan_round
from tests.storm_real.ground import Ground, ground
from tests.storm_real.officers import Officer
from tests.storm_real.watching import Times, looks, until_all_is_well, until_whole

PAUSE_S = (0.2, 2.0)
Says = Callable[[str], None]


@dataclass(slots=True)
class Report:
    """What came of a storm."""

    seed: int
    held: bool = False
    check: str = ""
    says: str = ""
    rounds: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    times: Times = field(default_factory=Times)


def run(
    seed: int,
    place: Path,
    minutes: float,
    *,
    says: Says | None = None,
    bugs: tuple[str, ...] = (),
    plan: Callable[[random.Random], list[Fault]] = plan_round,
) -> Report:
    """Play a storm from a seed. What happens when is chance's; the machine decides the rest."""
    report = Report(seed)
    storm = _Storm(report, place, says or (lambda _text: None), plan)
    try:
        asyncio.run(storm.play(minutes * 60, bugs))
        report.held = True
    except Broken as broken:
        report.check, report.says = broken.check, broken.says
    return report


@dataclass(slots=True)
class _Storm:
    report: Report
    place: Path
    says: Says
    plan: Callable[[random.Random], list[Fault]]

    async def play(self, for_s: float, bugs: tuple[str, ...]) -> None:
        chance = random.Random(f"real storm {self.report.seed}")
        async with ground(self.place, chance, bugs) as found:
            officers = [
                Officer(member, random.Random(f"{self.report.seed} {node}"))
                for node, member in found.members.items()
            ]
            await until_whole(found, time.monotonic(), "the start", self.report.times)
            tasks = [asyncio.create_task(each.tell_for_ever()) for each in officers]
            try:
                await self._rounds(found, chance, time.monotonic() + for_s / 2)
                for each in officers:
                    each.asks_far = True
                await self._rounds(found, chance, time.monotonic() + for_s / 2)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            await until_all_is_well(found)
            for member in found.members.values():
                await member.stop()
            await looks(found)
            self.report.counts = check_disks(found)

    async def _rounds(self, found: Ground, chance: random.Random, until_s: float) -> None:
        while time.monotonic() < until_s:
            faults = self.plan(chance)
            self.report.rounds += 1
            self.says(f"round {self.report.rounds}: " + ", ".join(each.says() for each in faults))
            # What one breaks does not keep another from being mended.
            mended = await asyncio.gather(*(_happen(found, each) for each in faults))
            heard_s, whole_s = await until_whole(
                found, max(mended), label(faults), self.report.times
            )
            self.says(f"    heard after {heard_s:.1f} s, whole after {whole_s:.1f} s")
            await asyncio.sleep(chance.uniform(*PAUSE_S))


async def _happen(found: Ground, fault: Fault) -> float:
    """Break something and mend it again; when it was mended."""
    sort = SORTS[fault.name]
    await asyncio.sleep(fault.begins_s)
    await sort.break_(found, fault)
    await asyncio.sleep(fault.lasts_s)
    await sort.mend(found, fault)
    return time.monotonic()
