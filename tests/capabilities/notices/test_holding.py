# SPDX-License-Identifier: Apache-2.0
"""When a notice holds, and where: laws, and the cases at the edges."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.notices.facts import Where
from bavn.capabilities.notices.model.notice import Notice, Spot, concerns, is_inside, ordered
from bavn.kernel.mandate import Actor
from tests.capabilities.notices.told import HOUR
from tests.lilleland.nodes import EASTTOWN, START

MOMENTS = st.timedeltas(timedelta(), timedelta(days=2)).map(lambda each: START + each)
SQUARE = ((9.0, 56.0), (10.0, 56.0), (10.0, 57.0), (9.0, 57.0), (9.0, 56.0))
HOLE = ((9.4, 56.4), (9.6, 56.4), (9.6, 56.6), (9.4, 56.6), (9.4, 56.4))
DEGREES = st.floats(min_value=8.5, max_value=10.5), st.floats(min_value=55.5, max_value=57.5)


def notice(
    begins: datetime = START,
    ends: datetime = START + HOUR,
    withdrawn_at: datetime | None = None,
    step: str = "minor",
    id_: str = "a",
) -> Notice:
    return Notice(
        id=id_,
        owner=EASTTOWN,
        by=Actor(organisation=EASTTOWN, function="duty_officer"),
        number="1",
        kind="weather",
        step=step,
        title="Storm",
        text="",
        source="Made-up weather office",
        link="",
        issued_at=START,
        told_at=START,
        valid_from=begins,
        valid_to=ends,
        where=Where(everywhere=True),
        withdrawn_at=withdrawn_at,
    )


@pytest.mark.requirement("E5.7")
@given(begins=MOMENTS, ends=MOMENTS, withdrawn=st.none() | MOMENTS, at=MOMENTS)
def test_one_holds_exactly_from_its_beginning_until_before_its_end(
    begins: datetime, ends: datetime, withdrawn: datetime | None, at: datetime
) -> None:
    each = notice(begins, ends, withdrawn)
    taken_back = withdrawn is not None and withdrawn <= at
    assert each.holds(at) == (begins <= at < ends and not taken_back)
    assert [each.holds(at), each.comes(at), each.is_over(at)].count(True) == 1


@pytest.mark.requirement("E5.7")
def test_the_edges_are_half_open() -> None:
    each, tick = notice(), timedelta(microseconds=1)
    asked = (START - tick, START, START + HOUR - tick, START + HOUR)
    assert [each.holds(at) for at in asked] == [False, True, True, False]
    never = notice(withdrawn_at=START - HOUR)
    assert not never.comes(START - 2 * HOUR)


@pytest.mark.requirement("E5.7")
@given(
    named=st.sets(st.sampled_from(["0101", "0851", "0860"])),
    municipality=st.sampled_from(["0101", "0851", "0860", "0999"]),
    lon=DEGREES[0],
    lat=DEGREES[1],
    is_known=st.booleans(),
)
def test_one_for_municipalities_concerns_a_place_exactly_when_it_names_its_municipality(
    named: set[str], municipality: str, lon: float, lat: float, *, is_known: bool
) -> None:
    where = Where(municipalities=tuple(sorted(named)))
    spot = Spot(
        lat=lat if is_known else None, lon=lon if is_known else None, municipality=municipality
    )
    assert concerns(where, spot, frozenset(named), 5.0) == (municipality in named)


@pytest.mark.requirement("E5.7")
@given(lon=DEGREES[0], lat=DEGREES[1])
def test_a_place_is_inside_a_square_when_it_is_within_its_sides_and_not_in_its_hole(
    lon: float, lat: float
) -> None:
    within = 9.0 < lon < 10.0 and 56.0 < lat < 57.0
    hole = 9.4 < lon < 9.6 and 56.4 < lat < 56.6
    if all(abs(each - round(each, 1)) > 1e-9 for each in (lon, lat)):
        assert is_inside((lon, lat), (SQUARE, HOLE)) == (within and not hole)
        # Which way round it was drawn, and where it was begun, makes no difference.
        turned = (*reversed(SQUARE[2:]), *reversed(SQUARE[:2]))
        assert is_inside((lon, lat), (turned,)) == within


def test_what_is_in_a_hole_is_outside() -> None:
    assert is_inside((9.5, 56.5), (SQUARE,))
    assert not is_inside((9.5, 56.5), (SQUARE, HOLE))
    assert not is_inside((9.5, 56.5), ())


def test_a_point_concerns_what_is_near_it_and_no_more() -> None:
    where = Where(points=((9.92, 57.05),))
    near, far = Spot(lat=57.05, lon=9.93), Spot(lat=57.15, lon=9.92)
    assert concerns(where, near, (), 5.0)
    assert not concerns(where, far, (), 5.0)
    assert concerns(where, far, (), 20.0)


def test_where_a_place_is_not_known_its_municipality_speaks_for_it() -> None:
    where = Where(polygons=((SQUARE,),))
    assert concerns(where, Spot(municipality="0851"), {"0851"}, 5.0)
    assert not concerns(where, Spot(municipality="0860"), {"0851"}, 5.0)
    assert not concerns(where, Spot(), {"0851"}, 5.0)
    # Where it is known, the municipality beside it does not.
    assert not concerns(where, Spot(lat=58.0, lon=9.5, municipality="0851"), {"0851"}, 5.0)
    assert concerns(Where(everywhere=True), Spot(), (), 5.0)


def test_the_most_serious_stands_first_and_of_those_what_ends_first() -> None:
    ranks = {"minor": 1, "extreme": 3}
    mild, long = notice(id_="mild"), notice(ends=START + 5 * HOUR, step="extreme", id_="long")
    short = notice(step="extreme", id_="short")
    assert [each.id for each in ordered([mild, long, short], ranks)] == ["short", "long", "mild"]
