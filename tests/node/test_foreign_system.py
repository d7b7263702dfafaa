# SPDX-License-Identifier: Apache-2.0
"""A foreign system with incidents is replayed: each once, nothing lost, every fault kept."""

import asyncio
import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bavn.capabilities.feeds.facts import INCIDENT_NUMBERED
from bavn.capabilities.operations.facts import INCIDENT_REPORTED, UNIT_STATUS_CHANGED
from bavn.journal.fact import Fact
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.foreign_system import ForeignSystem, Plan
from tests.node.replaying import Replay
from tests.node.watch import NJB, Watch, founded, watch

pytestmark = pytest.mark.slow
VAGUE = {"other", "refused"}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("foreign")) / "node", built_in("denmark"))


class Clock:
    """The time that it is in the replay."""

    def __init__(self) -> None:
        self.at = clock.now()

    def set(self, at: datetime) -> None:
        self.at = at


def replayed(folder: Folder, monkeypatch: pytest.MonkeyPatch, **how_much: Any) -> None:
    """A copy of the node hears all of it, and all that has to hold is looked at."""
    time = Clock()

    async def story() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(clock, "now", lambda: time.at)
            async with watch(folder) as north:
                register = north.rooms["organisation"]
                known = register.on(register.today(time.at)).units.values()
                units = [str(each.id) for each in known if each.service == NJB]
                plan = Plan(
                    units=units[: how_much.pop("units")],
                    begins=time.at + timedelta(minutes=1),
                    **how_much,
                )
                foreign = ForeignSystem(plan)
                facts: list[Fact] = []
                north.live.watch(facts.append)
                cad = north.house.machine("system", name="cad", organisations=(NJB,))
                replay = Replay(cad, foreign, time.set)
                scene = north.system(NJB, function="incident_commander")

                async def corrected(key: str) -> None:
                    """The scene sees another thing than the system says, and says so."""
                    body = {"type": "BR-ETG"}
                    path = f"/api/v1/incidents/{replay.ids[key]}/corrections"
                    assert (await scene.post(path, json=body)).is_success

                replay.then = corrected
                await replay.all()
                await holds(north, replay, facts)
                before = len(facts)
                # All of it once more, as after a restart of the other system.
                again = Replay(cad, foreign, lambda _: None)
                again.ids = replay.ids
                await again.all()
                assert again.repeated == again.taken
                assert facts[before:] == []

    asyncio.run(story())


async def holds(north: Watch, replay: Replay, facts: list[Fact]) -> None:
    """Nothing twice, every incident once under each of its numbers, every fault in the list."""
    truth, cad = replay.foreign.truth, replay.system
    counted = Counter(fact.kind for fact in facts)
    assert replay.others == set(), "never a second incident"
    assert counted[INCIDENT_REPORTED.name] == len(truth.numbers)
    numbers_count = sum(map(len, truth.numbers.values()))
    assert counted[INCIDENT_NUMBERED.name] == numbers_count
    assert counted[UNIT_STATUS_CHANGED.name] == len(truth.status_refs)
    assert replay.taken - replay.repeated == len(truth.status_refs)
    sent = Counter((fact.sender.ref, fact.kind) for fact in facts if fact.sender)
    assert [each for each, count in sent.items() if count > 1] == [], "no fact twice"
    for key, numbers in truth.numbers.items():
        for number in numbers:
            listed = (await cad.get(f"/api/v1/incidents?number={number}")).json()["items"]
            assert [each["id"] for each in listed] == [replay.ids[key]], number
            is_open = listed[0]["state"] == "open"
            assert is_open is (key not in truth.closed), (key, listed)
            assert listed[0]["type"] == "BR-ETG", "the scene's word stands above"
            assert listed[0]["given_by"]["incident.type"]["by"] == "scene"

    watching = north.system(NJB, function="duty_officer", personal=True)
    told = (await watching.get("/api/v1/feeds/faults?sender=cad&limit=1000")).json()
    assert sum(each["count"] for each in told["items"]) == truth.faults
    assert [each for each in told["items"] if each["reason"] in VAGUE] == []
    assert all(each["try_instead"] for each in told["items"])

    (feed,) = (await cad.get("/api/v1/feeds")).json()["items"]
    sorts = {each["sort"]: each for each in feed["sorts"]}
    assert sum(each["fault_count"] for each in sorts.values()) == truth.faults
    assert sorts["status"]["count"] == truth.words
    assert sorts["status"]["repeated_count"] == truth.words - len(truth.status_refs)


@settings(
    max_examples=2,
    # Each is a whole day: what is found is found by its seed, and made no smaller.
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000))
@pytest.mark.requirement("E5.8")
def test_a_foreign_day_is_taken_once_whatever_the_seed(
    begun: Folder,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    path = tmp_path_factory.mktemp("day") / "node"
    folder = Folder(Path(shutil.copytree(begun.path, path)))
    replayed(folder, monkeypatch, units=3, lasts=timedelta(days=1), incidents=4, seed=seed)


@pytest.mark.requirement("E5.8")
def test_a_foreign_week_with_incidents_is_taken_once(
    begun: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(Path(shutil.copytree(begun.path, tmp_path / "node")))
    replayed(folder, monkeypatch, units=12, lasts=timedelta(days=7), incidents=25, seed=7)
