# SPDX-License-Identifier: Apache-2.0
"""The real journal in real files, and the power lost at a random write or flush."""

import random
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from bavn.journal.decision import Done
from bavn.journal.store import StoreBroken
from bavn.kernel.identity import FactId, id_bytes
from tests.lilleland.nodes import EAST, EASTERN, Node, Settings, request
from tests.lilleland.vocabulary import Note, ReportFire
from tests.storm.bugs import BUGS
from tests.storm.crashing import CrashingDisk
from tests.storm.disk import abandon
from tests.storm.handles import dead_handles

VFS = "storm-power"
OPERATIONS_LIMIT = 500
"""Writes and flushes until the power goes, at the most; making a journal takes eighty of them."""


@dataclass(frozen=True, slots=True)
class Outage:
    """What was acknowledged before one loss of power, and what was found after it."""

    acknowledged: int
    lost: int
    broken: bool

    @property
    def held(self) -> bool:
        """True when nothing acknowledged is gone and the journal opens and proves itself."""
        return not (self.lost or self.broken)


def outages(seed: int, folder: Path) -> list[Outage]:
    """Lose power once; look at what was flushed, and at one way in which more survived."""
    chance = random.Random(f"power {seed}")
    (folder / "live").mkdir(parents=True)
    disk = CrashingDisk(VFS, folder / "live", chance)
    try:
        disk.arm_crash(after_operations=chance.randint(1, OPERATIONS_LIMIT))
        with dead_handles():
            said = _write_into_the_dark(disk, chance)
        disk.leave_behind(folder / "flushed")
        disk.leave_behind(folder / "perhaps", chance)
    finally:
        disk.close()
    return [_looked_at(folder / name, said) for name in ("flushed", "perhaps")]


def _write_into_the_dark(disk: CrashingDisk, chance: random.Random) -> list[FactId]:
    """Commit until the power goes; give what was acknowledged by then."""
    said: list[FactId] = []
    node, number = None, 0
    with pytest.MonkeyPatch.context() as patch:
        # The log is folded in every few groups, so that power is lost in that too.
        patch.setattr("bavn.journal.stores.sqlite.store.LOG_PAGES_LIMIT", 32)
        try:
            node = Node(EAST, str(disk.folder), Settings(vfs=disk.vfs))
            while True:
                number += 1
                fires = [f"{number}-{each}" for each in range(chance.randint(1, 6))]
                group = [
                    request(EASTERN, ReportFire(fire=fire, what="smoke", area=EASTERN))
                    for fire in fires
                ]
                group.append(request(EASTERN, Note(fire=fires[0], mark="seen")))
                for outcome in node.journal.commit(group):
                    assert isinstance(outcome, Done)
                    said += outcome.facts
        except (StoreBroken, apsw.Error):
            assert disk.lost
        finally:
            if node is not None:
                abandon(node.store.connection)
                abandon(node.keys._db)
    return said


def _looked_at(folder: Path, said: list[FactId]) -> Outage:
    try:
        # Nothing has to survive from here on, and real flushes are what takes a test's time.
        with BUGS["skip_fsync"].planted():
            node = Node(EAST, str(folder))
    except (StoreBroken, apsw.Error):
        return Outage(len(said), 0, broken=True)
    try:
        lost = sum(not node.store.facts_with([id_bytes(fact)]) for fact in said)
        faults = list(node.journal.verify())
    except (StoreBroken, apsw.Error):
        return Outage(len(said), 0, broken=True)
    finally:
        node.close()
    return Outage(len(said), lost, broken=bool(faults))
