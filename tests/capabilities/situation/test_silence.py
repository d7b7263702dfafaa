# SPDX-License-Identifier: Apache-2.0
"""What is not known is counted, said and marked, and nothing of it goes away."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.situation.api import encoded
from bavn.capabilities.situation.model.silence import (
    Silence,
    SilencesNow,
    by_owner,
    sentences,
    unheard_areas,
)
from bavn.capabilities.situation.ports import AreaSeen, IncidentSeen, PictureNow, UnitSeen

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AREAS = ("north", "south")
# Who works where: two services in the north, one in the south.
OWNERS = {"coast": "north", "heath": "north", "isles": "south"}


def incident(number: int, owner: str) -> IncidentSeen:
    return IncidentSeen(
        id=f"i{number}",
        type="BR",
        type_name="Brand",
        symbol="fire",
        urgency=1,
        owner=owner,
        owner_name=owner,
        area=OWNERS[owner],
        place_name="",
        reported_at=NOON,
        changed_at=NOON,
        position=number,
        reported_position=number,
    )


def unit(number: int, owner: str) -> UnitSeen:
    return UnitSeen(
        id=f"u{number}",
        callsign=f"U{number}",
        type="ASP",
        status="available",
        status_at=NOON,
        service=owner,
        area=OWNERS[owner],
    )


def picture(incidents: list[str], units: list[str]) -> PictureNow:
    return PictureNow(
        position=9,
        areas=[AreaSeen(id=each, name=each.title()) for each in AREAS],
        incidents=[incident(number, owner) for number, owner in enumerate(incidents)],
        units=[unit(number, owner) for number, owner in enumerate(units)],
        closed=(),
        urgencies=(),
    )


def silent(*owners: str, node: str = "n", since: datetime | None = NOON) -> SilencesNow:
    each = Silence(node=node, name=node.title(), owners=owners, since=since)
    return SilencesNow(mark="m", silent=(each,), catching_up=())


owned = st.lists(st.sampled_from(list(OWNERS)))
some_owners = st.sets(st.sampled_from(list(OWNERS)))


@pytest.mark.requirement("E5.6")
@given(incidents=owned, units=owned, unheard=some_owners)
def test_a_sentence_counts_what_is_shown_of_a_silent_node(
    incidents: list[str], units: list[str], unheard: set[str]
) -> None:
    (told,) = sentences(silent(*unheard), picture(incidents, units))
    assert told.incident_count == sum(owner in unheard for owner in incidents)
    assert told.unit_count == sum(owner in unheard for owner in units)


@given(incidents=owned, units=owned, unheard=some_owners)
def test_an_area_is_wholly_unheard_only_when_nobody_in_it_is_heard(
    incidents: list[str], units: list[str], unheard: set[str]
) -> None:
    found = unheard_areas(silent(*unheard), picture(incidents, units))
    for area in AREAS:
        told_by = {owner for owner in incidents + units if OWNERS[owner] == area}
        if told_by and told_by <= unheard:
            assert found[area].whole
        elif told_by & unheard:
            assert not found[area].whole
        else:
            assert area not in found


def test_an_area_of_which_nothing_was_told_is_unheard_with_its_centre() -> None:
    found = unheard_areas(silent("north"), picture(["isles"], []))
    assert list(found) == ["north"]
    assert found["north"].whole


def test_an_area_is_as_old_as_the_oldest_silence_in_it() -> None:
    early = NOON - timedelta(hours=1)
    both = SilencesNow(
        mark="m",
        silent=(*silent("coast").silent, *silent("heath", node="o", since=early).silent),
        catching_up=(),
    )
    assert unheard_areas(both, picture(["coast", "heath"], []))["north"].since == early
    never = silent("coast", since=None)
    assert unheard_areas(never, picture(["coast"], []))["north"].since is None


@given(incidents=owned, units=owned, unheard=some_owners)
def test_nothing_vanishes_from_the_map_with_a_silence(
    incidents: list[str], units: list[str], unheard: set[str]
) -> None:
    now = picture(incidents, units)
    told = msgspec.json.decode(encoded(now, silent(*unheard), at="x"))
    assert len(told["incidents"]) == len(incidents)
    assert len(told["units"]) == len(units)
    assert told["silent"] == dict.fromkeys(by_owner(silent(*unheard)), "2026-11-21T12:00:00Z")
