# SPDX-License-Identifier: Apache-2.0
"""How a play begins, what it keeps, and how it goes on after it was killed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.engines.days import DAY_S
from bavn.kernel.refusal import BadInput
from bavn.node.play import memory as kept
from bavn.node.play.ground import HOUR_S, NEW_YEAR, ORDINARY, STORM
from bavn.node.play.manner import manner_of
from bavn.node.play.memory import Memory
from bavn.node.play.opening import WARM_S, Wish, begin, go_on
from bavn.node.play.tempo import Stretch, Tempo, written
from bavn.runtime.halt import Halt
from tests.node.play.casts import DENMARK

NOW = datetime(2026, 5, 20, 12, 30, 15, 123456, tzinfo=UTC)
ZONE = "Europe/Copenhagen"


def begun(**wish: object) -> Memory:
    return begin(Wish(**wish), manner_of(DENMARK), ZONE, NOW)  # type: ignore[arg-type]


def test_an_ordinary_play_is_at_the_hour_that_it_is_and_there_was_a_yesterday() -> None:
    memory = begun()
    # 12:30:15 UTC is 14:30:15 in Denmark in May.
    assert memory.stretch[0].play_s == pytest.approx(DAY_S + 14 * HOUR_S + 30 * 60 + 15, abs=1)
    assert memory.first_day == NOW.date() - timedelta(days=1)
    assert memory.unseen[0].to_s == memory.stretch[0].play_s - WARM_S


@pytest.mark.parametrize(("day", "hour"), [(NEW_YEAR, 10), (STORM, 17)])
def test_a_special_day_opens_when_it_begins_to_be_special(day: str, hour: int) -> None:
    # New Year's Eve is counted from noon: the tenth hour is 22 o'clock.
    assert begun(day=day).stretch[0].play_s == hour * HOUR_S


@given(
    play_s=st.floats(0, 10 * DAY_S),
    speeds=st.lists(st.floats(0.5, 100), min_size=1, max_size=3),
)
def test_the_play_and_the_wall_clock_agree_in_both_directions(
    play_s: float, speeds: list[float]
) -> None:
    stretches, at_s, wall = [], 1000.0, NOW.replace(microsecond=0)
    for speed in speeds:
        stretches.append(Stretch(play_s=at_s, wall=wall, speed=speed))
        at_s, wall = at_s + 5000 * speed, wall + timedelta(seconds=5000)
    tempo = Tempo(stretches)
    # An instant is in whole milliseconds.
    assert tempo.play_s(tempo.wall(play_s)) == pytest.approx(play_s, abs=0.001 * max(speeds))


def test_what_is_kept_is_read_again_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / kept.NAME
    memory = begun(seed=7, day=STORM, speed=12.5)
    memory.told_s = 1234.5678
    memory.write(path)
    assert kept.read(path) == memory
    assert path.stat().st_mode & 0o077 == 0
    assert kept.read(tmp_path / "other.toml") is None


def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path) -> None:
    path = tmp_path / kept.NAME
    path.write_text('act = "x"\nseed = "seven"\n', encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        kept.read(path)
    assert str(path) in refused.value.problems[0].where


def test_it_goes_on_where_the_wall_clock_is() -> None:
    memory = begun(speed=2.0)
    memory.told_s = memory.begun_s = memory.stretch[0].play_s + 600
    later = NOW + timedelta(minutes=20)
    same = go_on(memory, Wish(), later)
    assert len(same.stretch) == 1
    assert Tempo(same.stretch).play_s(later) - same.stretch[0].play_s == pytest.approx(
        2400, abs=0.1
    )
    assert len(same.unseen) == 1


def test_another_speed_moves_nothing_that_has_been() -> None:
    memory = begun()
    before = Tempo(memory.stretch)
    moments = [memory.stretch[0].play_s + each for each in (-3000.0, 0.0, 500.0)]
    walls = [before.wall(each) for each in moments]
    changed = go_on(memory, Wish(speed=30.0), NOW + timedelta(minutes=10))
    after = Tempo(changed.stretch)
    assert [after.wall(each) for each in moments] == walls
    assert after.speed == 30.0


def test_a_long_absence_is_left_out_but_for_its_last_hours() -> None:
    memory = begun()
    memory.told_s = memory.stretch[0].play_s + 60
    memory.begun_s = memory.told_s + 5
    later = NOW + timedelta(days=3)
    again = go_on(memory, Wish(), later)
    gap = again.unseen[-1]
    # What was begun and not acknowledged is told to its end.
    assert gap.from_s == memory.begun_s
    assert gap.to_s == pytest.approx(Tempo(again.stretch).play_s(later) - WARM_S)


@pytest.mark.parametrize("wish", [Wish(seed=2), Wish(day=STORM)])
def test_another_play_in_the_same_folder_is_refused_and_the_same_is_not(wish: Wish) -> None:
    memory = begun(seed=1)
    with pytest.raises(Halt) as halted:
        go_on(memory, wish, NOW)
    assert halted.value.refused.code == "another_play"
    assert go_on(memory, Wish(seed=1, day=ORDINARY), NOW) is memory


def test_instants_are_written_as_the_interface_takes_them() -> None:
    assert written(NOW) == "2026-05-20T12:30:15.123Z"
