# SPDX-License-Identifier: Apache-2.0
"""The script of a play: the same seed is the same play, and its days are what they are called."""

import numpy as np
import pytest
import shapely

from bavn.engines.days import DAY_S
from bavn.engines.turnouts import Event, Kind
from bavn.node.play.cast import Cast, Told
from bavn.node.play.figures import told_by
from bavn.node.play.ground import NEW_YEAR, STORM, shapes_of
from bavn.node.play.script import DAY_LIMIT, NEVER
from tests.node.play.casts import DENMARK, cast, script

HOUR_S = 3600


def told(events: list[Event]) -> list[tuple[float, str, int, int]]:
    return [(event.at_s, event.kind.value, event.incident, event.unit) for event in events]


def test_the_same_seed_is_the_same_play_and_another_is_another() -> None:
    one, same, other = (list(script(seed).until(DAY_S)) for seed in (3, 3, 4))
    assert told(one) == told(same)
    assert told(one) != told(other)


def test_read_in_pieces_over_several_days_it_is_the_same_play() -> None:
    whole, pieces = script(5), script(5)
    at_once = list(whole.until(3 * DAY_S))
    in_pieces = [
        event for at_s in range(0, 3 * DAY_S + 1, 7 * HOUR_S) for event in pieces.until(at_s)
    ]
    in_pieces += pieces.until(3 * DAY_S)
    assert told(in_pieces) == told(at_once)
    assert {event.incident // DAY_LIMIT for event in at_once} == {0, 1, 2}


def test_the_order_in_which_the_server_tells_changes_nothing() -> None:
    mine = cast()
    told_otherwise = Told(
        stations=tuple(reversed(told_by(cast().country).stations)),
        units=tuple(reversed(told_by(cast().country).units)),
        municipalities=tuple(reversed(told_by(cast().country).municipalities)),
    )
    again = Cast(mine.country, mine.manner, told_otherwise)
    assert [unit.id for unit in again.units] == [unit.id for unit in mine.units]
    np.testing.assert_array_equal(again.columns.lat, mine.columns.lat)
    assert again.towns == mine.towns


def test_an_ordinary_day_has_about_a_hundred_and_ten_turn_outs() -> None:
    counts = [len(script(seed).drawn(0).at_s) for seed in range(40)]
    expected = script().expected(0)
    assert 105 < expected < 130
    assert np.mean(counts) == pytest.approx(expected, abs=4 * np.sqrt(expected / 40))


def test_over_a_year_the_mean_day_is_the_published_one() -> None:
    one = script()
    year = [one.expected(day) for day in range(365)]
    # The weights of the facts' profiles have a mean of one by month, not by day.
    assert np.mean(year) == pytest.approx(110, abs=1.5)


@pytest.mark.parametrize(("kind", "published"), [(NEW_YEAR, 403), (STORM, 1100)])
def test_a_special_day_has_as_many_as_it_should_and_then_it_is_over(
    kind: str, published: int
) -> None:
    counts = [len(script(seed, kind).drawn(0).at_s) for seed in range(30)]
    assert np.mean(counts) == pytest.approx(published, rel=0.04)
    assert len(script(1, kind).drawn(1).at_s) < 200


def test_the_new_years_night_is_busiest_after_midnight() -> None:
    days = [script(seed, NEW_YEAR).drawn(0) for seed in range(20)]
    hours = np.concatenate([day.at_s for day in days]) // HOUR_S
    counts = np.bincount(hours.astype(int), minlength=24)
    # Counted from noon: the thirteenth hour begins at midnight.
    assert counts.argmax() == 12
    assert counts[12] > 4 * counts[2]


def test_the_storm_comes_in_from_the_west_and_brings_weather() -> None:
    one = script(1, STORM)
    day = one.drawn(0)
    codes = np.array([each.code for each in one.cast.country.incident_types])[day.sort]
    weather = np.char.startswith(codes, "VE-")
    assert weather.mean() > 0.6
    west, east = (day.lon < 9) & weather, (day.lon > 12) & weather
    assert np.median(day.at_s[west]) + HOUR_S < np.median(day.at_s[east])


def test_each_incident_lies_on_land_in_its_own_municipality() -> None:
    one = script(2)
    shapes = shapes_of(DENMARK)
    for incident in one.day(0):
        scene = one.scenes[incident.number]
        away = shapely.distance(shapes[scene.municipality], shapely.Point(scene.lon, scene.lat))
        # An islet that the map lacks is a town's own pool; none is farther than a town is wide.
        assert away < 0.05, scene


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_storm_day_asks_of_units_stays_within_what_they_can(seed: int) -> None:
    one = script(seed, STORM)
    events = list(one.until(2 * DAY_S))
    reported = {event.incident for event in events if event.kind is Kind.REPORTED}
    closed = {event.incident for event in events if event.kind is Kind.CLOSED}
    first_day = {number for number in reported if number < DAY_LIMIT}
    # Big pumping work goes on into the day after tomorrow.
    assert len(first_day - closed) < 10
    waited = {event.incident for event in events if event.kind is Kind.WAITING}
    assert waited, "a storm in which nobody waits is none"


def test_a_corrected_place_and_a_called_off_alarm_happen_sometimes() -> None:
    one = script(1)
    day = one.day(0) + one.day(1)
    scenes = [one.scenes[each.number] for each in day]
    assert 0 < sum(scene.corrected_s < NEVER for scene in scenes) < len(scenes) / 5
    assert 0 < sum(each.called_off_s < NEVER for each in day) < len(day) / 5
    assert all(not each.real for each in day if each.called_off_s < NEVER)
