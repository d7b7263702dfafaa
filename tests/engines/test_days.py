# SPDX-License-Identifier: Apache-2.0
"""Days are drawn from their rates: the same chance gives the same day, and the counts are near."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.engines import days
from bavn.engines.days import DAY_S, Day, Front, Ground, Sorts, Surge

SEEDS = 30


def ground() -> Ground:
    """Three municipalities in a row from west to east, with a town each, and one with two."""
    chance = np.random.default_rng(0)
    owner = np.array([0, 0, 1, 1, 2, 2, 2])
    west = np.array([8.0, 8.0, 10.0, 10.0, 12.0, 12.0, 12.4])
    lat = 55.5 + 0.01 * chance.standard_normal((7, 16))
    return Ground(
        share=np.array([0.5, 0.3, 0.2]),
        middle_lat=np.full(3, 55.5),
        middle_lon=np.array([8.0, 10.0, 12.0]),
        pool_municipality=owner,
        pool_share=np.array([1.0, 1.0, 1.0, 1.0, 0.75, 1.0, 0.25]),
        pool_outside=np.array([False, True, False, True, False, True, False]),
        place_lat=lat,
        place_lon=west[:, None] + 0.01 * chance.standard_normal((7, 16)),
    )


def sorts() -> Sorts:
    """Two sorts: one of the day, one of the night and of January."""
    hour = np.ones((2, 24))
    hour[0, :6], hour[0, 6:] = 0, 24 / 18
    hour[1, 6:], hour[1, :6] = 0, 4
    month = np.ones((2, 12))
    month[1] = 0
    month[1, 0] = 12
    return Sorts(
        per_day=np.array([80.0, 30.0]),
        month=month,
        weekday=np.ones((2, 7)),
        hour=hour,
        outside=np.array([0.0, 1.0]),
    )


def drawn(seed: int, surge: Surge | None = None, month: int = 0) -> Day:
    return days.draw(np.random.default_rng(seed), sorts(), ground(), month, 0, surge)


@given(seed=st.integers(0, 2**32))
def test_the_same_seed_is_the_same_day_and_it_is_in_order(seed: int) -> None:
    one, other = drawn(seed), drawn(seed)
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)
    assert (np.diff(one.at_s) >= 0).all()
    assert ((one.at_s >= 0) & (one.at_s < DAY_S)).all()


def test_other_seeds_are_other_days() -> None:
    assert len({len(drawn(seed).at_s) for seed in range(20)}) > 5


def test_counts_are_near_the_rates_over_many_seeds() -> None:
    counts = np.array([np.bincount(drawn(seed).sort, minlength=2) for seed in range(200)])
    # January has twelve times the second sort; five standard errors.
    for mean, rate in zip(counts.mean(axis=0), (80.0, 360.0), strict=True):
        assert abs(mean - rate) < 5 * np.sqrt(rate / 200)
    in_june = np.concatenate([drawn(seed, month=5).sort for seed in range(10)])
    assert (in_june == 0).all()


def test_each_sort_keeps_its_hours_and_its_places() -> None:
    day = drawn(1)
    by_day = day.sort == 0
    assert (day.at_s[by_day] >= 6 * 3600).all()
    assert (day.at_s[~by_day] < 6 * 3600).all()
    # The second sort happens outside: never in the pool at 12.4 degrees, which is a town's.
    assert (np.abs(day.lon[~by_day] - 12.4) > 0.1).all()


def test_municipalities_and_towns_get_their_shares() -> None:
    parts = [drawn(seed, month=5) for seed in range(100)]
    municipality = np.concatenate([part.municipality for part in parts])
    lon = np.concatenate([part.lon for part in parts])
    shares = np.bincount(municipality, minlength=3) / len(municipality)
    np.testing.assert_allclose(shares, [0.5, 0.3, 0.2], atol=0.02)
    eastern = lon[municipality == 2]
    assert np.mean(eastern > 12.2) == pytest.approx(0.25, abs=0.04)
    # Whatever is in a municipality is near one of its own places.
    for number, middle in enumerate((8.0, 10.0, 12.0)):
        assert (lon[municipality == number] > middle - 0.2).all()
        assert (lon[municipality == number] < middle + 0.6).all()


def test_a_surge_comes_on_top_at_its_hours() -> None:
    hour = np.zeros(24)
    hour[12] = 1
    surge = Surge(count=np.array([300.0, 0.0]), hour=hour)
    more = [len(drawn(seed, surge, month=5).at_s) for seed in range(SEEDS)]
    assert np.mean(more) == pytest.approx(380, abs=5 * np.sqrt(380 / SEEDS))
    day = drawn(0, surge, month=5)
    at_noon = (day.at_s >= 12 * 3600) & (day.at_s < 13 * 3600)
    assert at_noon.mean() > 0.7


def test_a_front_comes_from_the_west_and_spares_what_is_far_from_its_track() -> None:
    front = Front(
        from_lat=55.5,
        from_lon=8.0,
        bearing_deg=90.0,
        km_h=60.0,
        begins_s=10 * 3600.0,
        lasts_s=600.0,
        wide_km=50.0,
    )
    np.testing.assert_allclose(
        front.weight(np.array([55.5, 56.4]), np.array([10.0, 10.0])), [1.0, 0.135], atol=0.01
    )
    surge = Surge(count=np.array([1000.0, 0.0]), hour=np.ones(24), front=front)
    day = days.draw(np.random.default_rng(3), sorts(), ground(), 5, 0, surge)
    hit = [np.median(day.at_s[day.municipality == number]) / 3600 for number in range(3)]
    # Two degrees of longitude are 126 km here: two hours and a little at 60 km/h.
    assert hit[0] == pytest.approx(10.0, abs=0.3)
    assert hit[1] == pytest.approx(12.1, abs=0.3)
    assert hit[2] == pytest.approx(14.2, abs=0.4)
