# SPDX-License-Identifier: Apache-2.0
"""What is proposed in the country itself: from the nearest adequate stations, round the water."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bavn.capabilities.crews.decisions import ManUnit
from bavn.capabilities.dispatch.decisions import OrderUnits, StandDown
from bavn.capabilities.dispatch.model.order import BINDS_MS
from bavn.capabilities.dispatch.model.proposal import Proposal, Source, State
from bavn.capabilities.dispatch.views import ORDERS
from bavn.capabilities.operations.decisions import CloseIncident
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.relations.decisions import SayApart, SaySame
from bavn.frame.desk import Refusal
from bavn.journal.reader import NOBODY
from bavn.journal.trust.deciding import InviteNode
from bavn.journal.trust.statements import NodeJoined
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.node.dispatching import CountryDispatching, Said
from bavn.runtime.folder import Folder
from bavn.runtime.maps import Maps
from bavn.runtime.texts import Texts
from tests.node.dispatched import (
    AALBORG,
    LAESOE,
    NJB,
    NORTH,
    NYKOEBING_MORS,
    Centre,
    play,
)

pytestmark = pytest.mark.slow


def types_of(proposal: Proposal) -> list[str]:
    return sorted(str(each.type) for each in proposal.units)


@pytest.mark.requirement("E5.1", "E5.2")
def test_the_nearest_adequate_units_are_proposed_with_what_they_leave_behind(
    dispatched: Folder,
) -> None:
    async def story(centre: Centre) -> None:
        found = centre.propose(await centre.report("near", place=AALBORG))
        assert found.adequate
        assert types_of(found) == ["ASP", "ISL", "TAN"]
        assert {each.service for each in found.units} == {NJB}
        assert [(each.type, each.count, each.coming) for each in found.asked] == [
            ("ISL", 1, 1),
            ("ASP", 1, 1),
            ("TAN", 1, 1),
        ]
        pump = next(each for each in found.units if each.type == "ASP")
        # A town's own pump, by a turn-out and a run of some minutes.
        assert 60 < pump.median_s < 15 * 60
        assert pump.median_s < pump.p90_s
        assert found.says
        assert found.runner_up
        assert found.ground.pick_list is Source.COUNTRY
        assert found.ground.basis
        assert found.ground.travel_basis == "own calibration"
        english = centre.propose("near", "en")
        assert english.units == found.units
        assert english.says != found.says

    play(dispatched, story)


def test_an_island_with_one_engine_waits_longer_when_it_is_gone(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        found = centre.propose(await centre.report("island", place=NYKOEBING_MORS))
        (mors,) = [each for each in found.left_behind if each.municipality == "0773"]
        assert mors.following_s is not None
        assert mors.following_s > mors.first_s
        assert found.left_behind_count >= len(found.left_behind)

    play(dispatched, story)


def test_whoever_is_away_or_ordered_is_not_proposed_and_is_again_when_called_back(
    dispatched: Folder,
) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report("busy", place=AALBORG)
        first = next(each.id for each in centre.propose(incident).units if each.type == "ASP")
        other = await centre.report("other", place=AALBORG)
        await centre.done(NJB, OrderUnits(incident=incident, area=NORTH, units=(first,)))
        assert centre.propose(incident).already_ordered == (first,)
        assert first not in {each.id for each in centre.propose(other).units}
        await centre.done(NJB, StandDown(incident=incident, area=NORTH, units=(first,)))
        assert first in {each.id for each in centre.propose(other).units}
        await centre.stand(first, UnitStatus.EN_ROUTE)
        assert first not in {each.id for each in centre.propose(other).units}
        await centre.stand(first, UnitStatus.RETURNING)
        assert first in {each.id for each in centre.propose(other).units}
        await centre.stand(first, UnitStatus.AVAILABLE)

    play(dispatched, story)


def test_an_order_that_nobody_answers_does_not_bind_for_ever(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report("lost", place=AALBORG)
        first = next(each.id for each in centre.propose(incident).units if each.type == "ASP")
        await centre.done(NJB, OrderUnits(incident=incident, area=NORTH, units=(first,)))
        assert first not in {each.id for each in centre.propose(incident).units}
        centre.later = timedelta(milliseconds=BINDS_MS + 1000)
        assert first in {each.id for each in centre.propose(incident).units}

    play(dispatched, story)


@pytest.mark.requirement("E5.1")
def test_what_is_ordered_on_the_way_or_there_counts_and_only_the_rest_is_proposed(
    dispatched: Folder,
) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report("counted", place=AALBORG)
        first = centre.propose(incident)
        units = {str(each.type): each.id for each in first.units}
        await centre.done(
            NJB, OrderUnits(incident=incident, area=NORTH, units=tuple(units.values()))
        )
        found = centre.propose(incident)
        assert (found.units, found.enough, found.adequate) == ((), True, True)
        assert {each.id: each.state for each in found.underway} == dict.fromkeys(
            units.values(), State.ORDERED
        )
        assert [(each.underway, each.coming) for each in found.asked] == [(1, 0)] * 3
        # One is called back, one says itself that it goes, one that it goes somewhere else.
        await centre.done(NJB, StandDown(incident=incident, area=NORTH, units=(units["TAN"],)))
        await centre.stand(units["ASP"], UnitStatus.EN_ROUTE)
        await centre.stand(units["ISL"], UnitStatus.AT_SCENE, "another")
        found = centre.propose(incident)
        assert {each.id: each.state for each in found.underway} == {units["ASP"]: State.EN_ROUTE}
        assert types_of(found) == ["ISL", "TAN"]
        assert not found.enough
        # What comes by its own word counts, ordered or not.
        await centre.stand(units["ISL"], UnitStatus.EN_ROUTE, incident)
        assert types_of(centre.propose(incident)) == ["TAN"]
        # Whoever is free again has left.
        await centre.stand(units["ASP"], UnitStatus.RETURNING)
        assert types_of(centre.propose(incident)) == ["ASP", "TAN"]
        for unit in units.values():
            await centre.stand(unit, UnitStatus.AVAILABLE)

    play(dispatched, story)


@pytest.mark.requirement("E5.1")
def test_who_says_that_nobody_is_aboard_is_not_proposed_and_a_told_crew_is_marked(
    dispatched: Folder,
) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report("manned", "BR-BIL", AALBORG)
        (planned,) = centre.propose(incident).units
        assert (planned.crew, planned.crew_told) == (6, False)
        man = partial(ManUnit, unit=planned.id, area=NORTH)
        await centre.done(NJB, man(count=3))
        (told,) = centre.propose(incident).units
        assert (told.id, told.crew, told.crew_told) == (planned.id, 3, True)
        await centre.done(NJB, man(count=0))
        found = centre.propose(incident)
        assert planned.id not in {each.id for each in found.units}
        assert found.ground.unmanned_count == 1
        await centre.done(NJB, man(count=6))

    play(dispatched, story)


def test_who_was_sent_to_what_turned_out_to_be_the_same_counts(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        first = await centre.report("same-1", "BR-BIL", AALBORG)
        second = await centre.report("same-2", "BR-BIL", AALBORG)
        (unit,) = (each.id for each in centre.propose(second).units)
        await centre.done(NJB, OrderUnits(incident=second, area=NORTH, units=(unit,)))
        assert not centre.propose(first).enough
        await centre.done(NJB, SaySame(incident=second, into=first, area=NORTH))
        assert centre.propose(first).enough
        await centre.done(NJB, SayApart(incident=second, into=first, area=NORTH))
        assert not centre.propose(first).enough

    play(dispatched, story)


def test_a_unit_that_is_free_on_the_radio_is_proposed(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report("radio", "BR-BIL", AALBORG)
        (unit,) = (each.id for each in centre.propose(incident).units)
        await centre.stand(unit, UnitStatus.ON_RADIO)
        (found,) = centre.propose(incident).units
        assert (found.id, found.on_the_road) == (unit, True)
        await centre.stand(unit, UnitStatus.AVAILABLE)

    play(dispatched, story)


@pytest.mark.requirement("E5.1")
def test_several_incidents_are_proposed_for_together_and_nobody_is_in_two(
    dispatched: Folder,
) -> None:
    async def story(centre: Centre) -> None:
        # The small fire was reported first, and must not take the pump of the one in a house.
        small = await centre.report("joint-small", "BR-CON", AALBORG)
        house = await centre.report("joint-house", "BR-ETG", AALBORG)
        nowhere = await centre.report("joint-nowhere", "BR-ETG")
        call = centre.call()
        goals = [centre.room.around.goal(call, each) for each in (small, house, nowhere)]
        found = centre.room.propose_together(call, centre.live.query, goals)
        assert [(each.incident, each.code) for each in found.not_proposed] == [
            (nowhere, "no_place_to_go")
        ]
        first, second = found.items
        assert (first.incident, second.incident) == (small, house)
        assert first.adequate
        assert second.adequate
        ids = [each.id for item in found.items for each in item.units]
        assert len(ids) == len(set(ids))
        alone = centre.propose(house)
        assert [each.median_s for each in second.units] == [each.median_s for each in alone.units]
        assert first.units[0].median_s >= centre.propose(small).units[0].median_s
        # Together with nothing else it is as soon as alone.
        (single,) = centre.room.propose_together(call, centre.live.query, goals[:1]).items
        assert [each.median_s for each in single.units] == [
            each.median_s for each in centre.propose(small).units
        ]

    play(dispatched, story)


def test_who_was_sent_to_two_incidents_counts_for_the_later_one(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        one = await centre.report("one", "BR-BIL", AALBORG)
        other = await centre.report("two", "BR-BIL", AALBORG)
        (unit,) = (each.id for each in centre.propose(one).units)
        await centre.done(NJB, OrderUnits(incident=one, area=NORTH, units=(unit,)))
        await asyncio.sleep(0.002)
        await centre.done(NJB, OrderUnits(incident=other, area=NORTH, units=(unit,)))
        assert [centre.propose(each).enough for each in (one, other)] == [False, True]
        # Its own word does not say where it goes: where it was told last.
        await centre.stand(unit, UnitStatus.EN_ROUTE)
        assert [centre.propose(each).enough for each in (one, other)] == [False, True]
        await centre.stand(unit, UnitStatus.AVAILABLE)

    play(dispatched, story)


@pytest.mark.requirement("E5.1")
def test_who_is_too_far_away_is_not_proposed_and_is_named_with_when(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        # A ladder would have to come by ferry.
        found = centre.propose(await centre.report("far", "BR-ETG", LAESOE))
        (ladder,) = [each for each in found.missing if each.type == "STI"]
        first = ladder.fillers[0]
        assert first.is_far
        assert found.ground.reach_s == 3600.0
        assert first.expected_s > 3600
        assert all(each.median_s <= 3600 for each in found.units)
        assert not found.adequate

    play(dispatched, story)


def test_nothing_that_is_kept_of_units_outlives_a_change_of_trust(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        around = centre.room.around
        before = around.standing(centre.now)
        assert isinstance(around, CountryDispatching)
        said = around._said.all()
        # As if a word were kept whose teller is trusted no longer.
        assert isinstance(said, dict)
        said["ghost"] = Said("ghosts", "available", 1, None)
        assert "ghost" in around.standing(centre.now)
        joined = NodeJoined(
            node=NodeId("guest"),
            key=Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex(),
            parent=NodeId("denmark"),
            hears=(),
            valid_from=centre.now,
            valid_to=None,
        )
        await centre.done(OrganisationId("brs"), InviteNode(joined=joined))
        assert around.standing(centre.now) == before

    play(dispatched, story)


def test_who_has_never_said_where_it_stands_is_counted_and_not_proposed(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        # Nobody on Funen has said anything.
        found = centre.propose(await centre.report("silent", place=(55.4038, 10.4024)))
        assert not any(each.service == "bfyn" for each in found.units)
        assert found.ground.unknown_count > 0

    play(dispatched, story)


def test_what_is_lacking_is_named_and_nobody_is_left_out(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        fleet = centre.room.around.fleet(centre.now.date())
        tankers = [
            each.id
            for each in fleet.units
            # And what may go in a tanker's place.
            if each.type in fleet.stand_ins["TAN"] and each.service in {NJB, "nvjb", "brmv", "bsik"}
        ]
        for unit in tankers:
            await centre.stand(unit, UnitStatus.NOT_READY)
        found = centre.propose(await centre.report("short", place=AALBORG))
        assert not found.adequate
        assert found.why == "short"
        ((type_, count, far),) = [(each.type, each.count, each.fillers) for each in found.missing]
        assert (type_, count) == ("TAN", 1)
        # The nation's can be asked; of ours nobody is free, near or far.
        assert {each.service for each in far} == {"brs"}
        assert not any(each.is_far for each in far)
        assert types_of(found) == ["ASP", "ISL"]
        assert "Vandtankvogn" in found.says
        for unit in tankers:
            await centre.stand(unit, UnitStatus.AVAILABLE)

    play(dispatched, story)


@pytest.mark.parametrize(
    ("type_", "place", "code"),
    [("BR-VIL", None, "no_place_to_go"), (None, AALBORG, "no_type_to_go_by")],
)
def test_what_nobody_knows_cannot_be_proposed_for(
    dispatched: Folder, type_: str | None, place: tuple[float, float] | None, code: str
) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report(code, type_, place)
        with pytest.raises(Refusal) as refused:
            centre.propose(incident)
        assert refused.value.refused.code == code
        says, instead = Texts("da").refusal(refused.value.refused)
        assert says != refused.value.refused.says
        assert instead

    play(dispatched, story)


def test_nothing_is_proposed_for_what_is_over_or_was_never_reported(dispatched: Folder) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report("over", place=NYKOEBING_MORS)
        await centre.done(NJB, CloseIncident(incident=incident, area=NORTH, outcome="real"))
        for name, code in ((incident, "incident_is_closed"), ("nobody", "no_such_incident")):
            with pytest.raises(Refusal) as refused:
                centre.propose(name)
            assert refused.value.refused.code == code

    play(dispatched, story)


# Faults


def test_two_officers_send_one_unit_at_one_moment_and_the_second_is_told(
    dispatched: Folder,
) -> None:
    async def story(centre: Centre) -> None:
        one = await centre.report("fault-1", "BR-BIL", AALBORG)
        other = await centre.report("fault-2", "BR-BIL", AALBORG)
        (unit,) = (each.id for each in centre.propose(one).units)
        await asyncio.gather(
            *(
                centre.done(NJB, OrderUnits(incident=each, area=NORTH, units=(unit,)))
                for each in (one, other)
            )
        )
        counts = [len(centre.propose(each).underway) for each in (one, other)]
        assert sum(counts) == 1
        rows = centre.live.query.rows(NOBODY, ORDERS, {"subject": f"unit:{unit}"})
        assert {one, other} <= {row["incident"] for row in rows}
        for each in (one, other):
            await centre.done(NJB, StandDown(incident=each, area=NORTH, units=(unit,)))

    play(dispatched, story)


def test_a_unit_lost_from_its_feed_is_counted_from_its_station_and_not_from_where_it_was(
    dispatched: Folder,
) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report("lost-feed", "BR-BIL", NYKOEBING_MORS)
        (home,) = centre.propose(incident).units
        around = centre.room.around
        assert isinstance(around, CountryDispatching)
        around._operations.positions.take(
            [{"unit": home.id, "lat": 57.0, "lon": 9.9, "at": centre.now}],
            centre.now,
            lambda _unit: None,
            lambda _event, _data: None,
        )
        away = centre.propose(incident)
        assert home.id not in {each.id for each in away.units}
        centre.later = timedelta(minutes=6)
        (again,) = centre.propose(incident).units
        assert (again.id, again.on_the_road) == (home.id, False)

    play(dispatched, story)


def test_without_a_map_somebody_is_proposed_all_the_same(
    dispatched: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(centre: Centre) -> None:
        incident = await centre.report("no-map", "BR-BIL", AALBORG)
        usual = centre.propose(incident).units

        def broken(*_place: float) -> None:
            raise OSError("the map is gone")

        monkeypatch.setattr(Maps, "municipality_at", broken)
        found = centre.propose(incident)
        assert found.adequate
        assert [each.id for each in found.units] == [each.id for each in usual]

    play(dispatched, story)
