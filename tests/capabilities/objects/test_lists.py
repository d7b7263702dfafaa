# SPDX-License-Identifier: Apache-2.0
"""Lists of objects: every fault with row and column, and what a whole list would change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.objects.model.card import CARD_FIELDS, Card, Described, Told, number_of
from bavn.capabilities.objects.model.lists import (
    BYTES_LIMIT,
    OPTIONAL,
    REQUIRED,
    ROWS_LIMIT,
    Known,
    Sort,
    cells_of,
    differences,
    digest_of,
    read_list,
    told_in,
)
from bavn.capabilities.objects.model.near import squares_near
from bavn.capabilities.objects.pages.words import fault
from bavn.frame.country import Bounds
from bavn.kernel.place import metres_between
from tests.capabilities.objects.callers import call_in

KNOWN = Known(
    municipalities=frozenset({"0851", "0860"}),
    bounds=Bounds(south=54.0, west=8.0, north=58.0, east=15.5),
)
HEAD = "id,name,municipality,lat,lon,alarm_numbers,access\n"


def faults_of(*rows: str, head: str = HEAD) -> list[tuple[str, str]]:
    read = read_list((head + "\n".join(rows)).encode(), KNOWN)
    assert bool(read.faults) != bool(read.objects), "what has a fault is not used at all"
    for each in read.faults:
        danish, english = fault(call_in("da"), each), fault(call_in("en"), each)
        assert danish != english
        assert each.says not in danish, "each fault has Danish words"
    return [(each.where, each.says) for each in read.faults]


@pytest.mark.parametrize(
    ("row", "where", "says"),
    [
        ("A B,x,0851,,,,", "row 2, id", "has more than small letters, digits and dashes"),
        ("a,,0851,,,,", "row 2, name", "is empty"),
        ("a,x,9999,,,,", "row 2, municipality", "is no municipality of the country"),
        ("a,x,0851,57.0,,,", "row 2, lat", "stands alone: a place has both lat and lon"),
        ("a,x,0851,17.0,9.0,,", "row 2, lat", "is outside the country"),
        ("a,x,0851,57.0,ni,,", "row 2, lon", "is no number"),
        ("a,x,0851,,,nr.4711 (øst),", "row 2, alarm_numbers", "has more than letters, digits"),
        (
            f"a,x,0851,,,{' '.join(map(str, range(21)))},",
            "row 2, alarm_numbers",
            "has more than 20",
        ),
        (f"a,x,0851,,,,{'k' * 2001}", "row 2, access", "is longer than 2000 characters"),
    ],
)
def test_a_fault_is_told_with_row_and_column_and_without_the_cells_own_words(
    row: str, where: str, says: str
) -> None:
    (found,) = faults_of(row)
    assert found[0] == where
    assert found[1].startswith(says)
    assert "4711" not in found[1]


def test_an_id_or_an_alarm_number_stands_once_in_a_list() -> None:
    rows = ("a,x,0851,,,4711,", "a,y,0851,,,4712,", "b,z,0860,,,4713 4711,")
    assert faults_of(*rows) == [
        ("row 3, id", "stands in row 2 already"),
        ("row 4, alarm_numbers", "stands in row 2 already"),
    ]


def test_what_is_too_much_or_nothing_is_no_list() -> None:
    assert faults_of()[0] == ("file", "has no rows")
    many = tuple(f"a{number},x,0851,,,," for number in range(ROWS_LIMIT + 1))
    assert faults_of(*many)[0][0] == "file"
    assert read_list(b" " * (BYTES_LIMIT + 1), KNOWN).faults[0].where == "file"


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
NUMBERS = st.lists(
    st.from_regex(r"[A-Z0-9][A-Z0-9._/-]{0,6}", fullmatch=True), max_size=3, unique=True
)
OBJECTS = st.builds(
    Told,
    described=st.builds(
        Described,
        name=TEXT.filter(bool),
        sort=TEXT,
        address=TEXT,
        municipality=st.sampled_from(["0851", "0860"]),
        lat=st.just(57.0488),
        lon=st.just(9.9217),
        alarm_numbers=st.just(()) | NUMBERS.map(tuple),
    ),
    card=st.builds(Card, **dict.fromkeys(CARD_FIELDS, TEXT)),
)


@given(NAMES, OBJECTS)
def test_an_object_comes_back_from_its_own_row_as_it_was(id_: str, told: Told) -> None:
    cells = {name: cell for name, cell in cells_of(id_, told).items() if cell}
    assert set(cells) <= {*REQUIRED, *OPTIONAL}
    assert told_in(cells) == told


@given(st.dictionaries(NAMES, OBJECTS, max_size=4), st.dictionaries(NAMES, OBJECTS, max_size=4))
def test_a_whole_list_ends_adds_and_changes_until_it_is_what_stands(
    now: dict[str, Told], wanted: dict[str, Told]
) -> None:
    after = dict(now)
    for each in differences(now, wanted):
        if each.sort is Sort.ENDED:
            del after[each.id]
        elif each.sort is not Sort.SAME:
            assert (each.id in now) == (each.sort is Sort.CHANGED)
            assert bool(each.fields) == (each.sort is Sort.CHANGED)
            after[each.id] = wanted[each.id]
    assert after == wanted
    assert {each.sort for each in differences(after, wanted)} <= {Sort.SAME}


def test_what_is_confirmed_is_named_by_the_list_and_by_what_it_changes() -> None:
    told = Told(described=Described(name="x"), card=Card())
    found = differences({}, {"a": told})
    assert digest_of(b"list", found) == digest_of(b"list", differences({}, {"a": told}))
    assert digest_of(b"list", found) != digest_of(b"lisu", found)
    assert digest_of(b"list", found) != digest_of(b"list", differences({"a": told}, {"a": told}))


@given(st.text(max_size=40))
def test_a_number_that_is_read_is_read_the_same_again(text: str) -> None:
    found = number_of(text)
    assert found is None or number_of(found) == found


@given(st.floats(54, 58), st.floats(8, 15.5), st.floats(-50, 50), st.floats(-50, 50))
def test_whatever_is_near_enough_lies_in_the_squares_around(
    lat: float, lon: float, north_m: float, east_m: float
) -> None:
    there = (lat + north_m / 111_195, lon + east_m / 111_195)
    assert metres_between((lat, lon), there) <= 71
    assert next(iter(squares_near(*there))) is not None
    from_there = set(squares_near(lat, lon))
    assert f"{round(there[0], 3) + 0.0:.3f} {round(there[1], 3) + 0.0:.3f}" in from_there
