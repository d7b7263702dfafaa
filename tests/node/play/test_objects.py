# SPDX-License-Identifier: Apache-2.0
"""The demonstration's objects: invented, each where its row says, and each alarm at another."""

from importlib.resources import files
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bavn.node.play.objects import Alarmed, invented_objects, telling_objects
from bavn.runtime.countries import built_in
from bavn.runtime.maps import Maps

COUNTRY = built_in("denmark")
OBJECTS = invented_objects(COUNTRY.id)


def test_each_is_invented_stands_once_and_lies_in_its_municipality(tmp_path: Path) -> None:
    maps = Maps(files("bavn") / "countries" / COUNTRY.id, tmp_path)
    assert len({each.id for each in OBJECTS}) == len(OBJECTS) > 100
    assert len({each.alarm_number for each in OBJECTS}) == len(OBJECTS)
    for each in OBJECTS:
        assert each.name.startswith("Opdigtet"), each.id
        found = maps.municipality_at(each.lat, each.lon)
        assert found is not None, each.id
        assert found.code == each.municipality, each.id
        assert not each.card.is_empty


def test_each_is_told_once_by_a_service_and_by_no_other() -> None:
    requests = list(telling_objects(COUNTRY, COUNTRY.organisations))
    told = [each.id for request in requests for each in request.content.told]  # type: ignore[attr-defined]
    assert sorted(told) == sorted(each.id for each in OBJECTS)
    # One large service in each area: what every stand-in is told of is not told a thousand times.
    assert {request.owner for request in requests} == {"bfyn", "hbr", "njb", "ostbv"}
    assert len({request.ref for request in requests}) == len(requests)
    assert list(telling_objects(COUNTRY, [])) == []
    assert invented_objects("lilleland") == ()


@given(st.lists(st.tuples(st.floats(56.9, 57.2), st.floats(9.5, 10.3)), max_size=60))
def test_no_object_sounds_twice_a_day_and_the_nearest_sounds_first(
    places: list[tuple[float, float]],
) -> None:
    alarmed = Alarmed(OBJECTS)
    here = [each for each in OBJECTS if each.municipality == "0851"]
    found = [alarmed.nearest("0851", place) for place in places]
    sounded = [each.id for each in found if each is not None]
    assert len(set(sounded)) == len(sounded) == min(len(places), len(here))
    alarmed.begin()
    for each in here:
        alarmed.begin()
        assert alarmed.nearest("0851", (each.lat, each.lon)) == each
    assert alarmed.nearest("9999", (57.0, 9.9)) is None
