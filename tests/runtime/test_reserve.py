# SPDX-License-Identifier: Apache-2.0
"""The reserve: really allocated, given up in pieces, and for nobody but alarms."""

from pathlib import Path

import pytest

from bavn.journal.decision import Done
from bavn.kernel.identity import REAL
from bavn.kernel.refusal import Refused
from bavn.runtime import reserve as keeping
from bavn.runtime.reserve import FREE_LEAST, MIB, STEP, DiskReserve, WithoutReserve, room_at
from tests.runtime.folders import fire, founded, note, opened

WANTED = 20 * MIB


class Disk:
    """How much is free, told instead of the file system."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 1000 * MIB
        monkeypatch.setattr(keeping, "_free", lambda _file: self.free)
        monkeypatch.setattr(keeping, "free_at", lambda _folder: self.free)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_the_space_is_really_taken(tmp_path: Path) -> None:
    reserve = DiskReserve(tmp_path / "reserve", wanted=WANTED)
    reserve.refill()
    reserve.close()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= WANTED
    assert room_at(tmp_path / "reserve", wanted=WANTED).held == WANTED


def test_a_file_full_of_holes_holds_nothing(tmp_path: Path) -> None:
    with (tmp_path / "reserve").open("wb") as file:
        file.truncate(WANTED)
    assert room_at(tmp_path / "reserve", wanted=WANTED).held == 0
    reserve = DiskReserve(tmp_path / "reserve", wanted=WANTED)
    reserve.refill()
    reserve.close()
    assert room_at(tmp_path / "reserve", wanted=WANTED).held == WANTED


def test_it_is_given_up_in_pieces_until_nothing_is_left(tmp_path: Path) -> None:
    reserve = DiskReserve(tmp_path / "reserve", wanted=WANTED)
    reserve.refill()
    held = []
    while reserve.release():
        held.append(reserve.room().held)
    assert held == [WANTED - STEP.bytes, WANTED - 2 * STEP.bytes, 0]
    reserve.close()


def test_what_was_released_is_not_room_for_ordinary_work(tmp_path: Path, disk: Disk) -> None:
    reserve = DiskReserve(tmp_path / "reserve", wanted=WANTED)
    reserve.refill()
    disk.free = FREE_LEAST.bytes
    assert not reserve.tight()
    reserve.release()
    disk.free += STEP.bytes
    assert not reserve.tight()
    disk.free -= 1
    assert reserve.tight()
    reserve.close()


def test_it_comes_back_as_far_as_there_is_room(tmp_path: Path, disk: Disk) -> None:
    reserve = DiskReserve(tmp_path / "reserve", wanted=WANTED)
    disk.free = FREE_LEAST.bytes
    reserve.refill()
    assert reserve.room().held == 0
    disk.free = 1000 * MIB
    reserve.refill()
    assert reserve.room().held == WANTED
    reserve.close()


def test_another_world_has_no_ballast_and_stops_when_it_is_tight(
    tmp_path: Path, disk: Disk
) -> None:
    reserve = WithoutReserve(tmp_path)
    assert not reserve.tight()
    disk.free = FREE_LEAST.bytes - 1
    assert reserve.tight()
    assert not reserve.release()


def test_when_the_disk_is_tight_alarms_are_taken_and_notes_are_not(
    tmp_path: Path, disk: Disk
) -> None:
    with opened(founded(tmp_path / "node", REAL), REAL) as node:
        disk.free = FREE_LEAST.bytes - 1
        alarm, refused = node.journal.commit([fire(1), note(1, "text")])
        assert isinstance(alarm, Done)
        assert isinstance(refused, Refused)
        assert refused.code == "disk_full"
        disk.free = 1000 * MIB
        assert isinstance(node.journal.commit([note(1, "text")])[0], Done)


@pytest.mark.parametrize("limit", [keeping.RESERVE, STEP, FREE_LEAST])
def test_every_limit_has_its_reason(limit: keeping.Limit) -> None:
    assert limit.reason
