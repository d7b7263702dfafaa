# SPDX-License-Identifier: Apache-2.0
"""What may be the same: a guess, made alike from both sides and from whatever is asked."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.relations.model.likeness import Likeness, Nearness, Seen, alike_to
from bavn.kernel.identity import OrganisationId

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
NEARNESS = Nearness(exact_m=500, rough_m=2_000, within=timedelta(hours=1), basis="own calibration")
FIRE = Seen(
    id="i1",
    type="BR-VIL",
    group="fire",
    lat=57.05,
    lon=9.92,
    exact=True,
    municipality="0851",
    service=OrganisationId("njb"),
    area=OrganisationId("nordjylland"),
    reported_at=NOW,
    is_open=True,
)


def other(**more: object) -> Seen:
    return msgspec.structs.replace(FIRE, id="i2", **more)


@pytest.mark.parametrize(
    ("second", "is_alike"),
    [
        (other(), True),
        (other(type="BR-BIL"), True),
        (other(group="rescue"), False),
        (other(group=None, type=None), True),
        (other(lat=57.0541), True),  # 456 m
        (other(lat=57.0550), False),  # 556 m, both exact
        (other(lat=57.0550, exact=False), True),  # one is known to a kilometre only
        (other(lat=57.08, exact=False), False),
        (other(reported_at=NOW + timedelta(minutes=60)), True),
        (other(reported_at=NOW - timedelta(minutes=61)), False),
        (other(lat=None, lon=None), True),
        (other(lat=None, lon=None, municipality="0810"), False),
        (other(lat=None, lon=None, municipality=None), False),
        # Another's, and one that is closed, may be the same.
        (other(service=OrganisationId("brsj"), is_open=False), True),
    ],
)
def test_alike_is_one_sort_near_in_place_and_time(second: Seen, is_alike: bool) -> None:
    found = alike_to(FIRE, second, NEARNESS)
    assert (found is not None) == is_alike
    back = alike_to(second, FIRE, NEARNESS)
    assert (back is not None) == is_alike
    if found is not None and back is not None:
        assert (found.away_m, found.apart_s) == (back.away_m, back.apart_s)


def test_the_likeliest_comes_first_and_nothing_is_like_itself() -> None:
    near, far = other(lat=57.051), msgspec.structs.replace(FIRE, id="i3", lat=57.054)
    found = Likeness([FIRE, far, near], NEARNESS).of(FIRE)
    assert [each.incident for each in found] == ["i2", "i3"]


places = st.tuples(
    st.none() | st.floats(min_value=57.0, max_value=57.1),
    st.floats(min_value=9.8, max_value=10.0),
    st.booleans(),
    st.sampled_from([None, "0851", "0810"]),
    st.integers(min_value=0, max_value=90),
)


@given(st.lists(places, max_size=12))
def test_looking_at_neighbours_finds_all_that_looking_at_everything_finds(
    told: list[tuple[float | None, float, bool, str | None, int]],
) -> None:
    seen = [
        msgspec.structs.replace(
            FIRE,
            id=f"n{number}",
            lat=lat,
            lon=None if lat is None else lon,
            exact=exact,
            municipality=municipality,
            reported_at=NOW + timedelta(minutes=minutes),
        )
        for number, (lat, lon, exact, municipality, minutes) in enumerate(told)
    ]
    likeness = Likeness(seen, NEARNESS)
    for one in seen:
        whole = {each.id for each in seen if each.id != one.id and alike_to(one, each, NEARNESS)}
        assert {each.incident for each in likeness.of(one)} == whole
