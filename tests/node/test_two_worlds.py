# SPDX-License-Identifier: Apache-2.0
"""Two worlds of one node: nothing that is told in the exercise counts in the real one."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bavn.capabilities.mandates.decisions import DeclareEmergency, Delegate
from bavn.journal.decision import Done, Request
from bavn.kernel.identity import REAL, NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor, Resource
from bavn.kernel.private import Private
from bavn.node.own_policies import country_set
from bavn.node.wiring import COUNTRY, catalogue, country_gate, given
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.live import Live
from bavn.runtime.mandates import Gate
from bavn.runtime.mandates.book import book_from
from bavn.runtime.opened import open_to_write

pytestmark = pytest.mark.slow
EXERCISE = World("exercise")
NJB, NVJB, AREA = OrganisationId("njb"), OrganisationId("nvjb"), OrganisationId("nordjylland")
ANYTHING = (
    '@id("any") @ground("§ 1") @basis("own calibration") @law("today") @da("Alt.") @en("All.")\n'
    "permit (principal, action, resource);\n"
)


@pytest.mark.requirement("E9.1")
def test_what_is_told_in_the_exercise_grants_nothing_in_the_real_world(tmp_path: Path) -> None:
    country = built_in(COUNTRY)
    folders = {world: Folder(tmp_path / world) for world in (REAL, EXERCISE)}
    for world, folder in folders.items():
        found_node(
            folder, world, NodeId("n"), hosts=[NJB, NVJB], areas=[AREA], catalogue=catalogue()
        )

    async def story() -> None:
        gates = {world: country_gate(country) for world in (REAL, EXERCISE)}
        lives = [
            Live(open_to_write(folders[world], world, catalogue(), may=gate))
            for world, gate in gates.items()
        ]
        try:
            for live, folder in zip(lives, folders.values(), strict=True):
                given(live, country, folder.path)
            before = answers(gates[REAL])
            now = clock.now()
            leader = Actor(organisation=NJB, function="duty_officer")
            for each in sorted(gates[REAL].book.acts):
                delegate = Delegate(
                    area=AREA,
                    to=NVJB,
                    function="planner",
                    acts=(each,),
                    valid_from=now - timedelta(hours=1),
                    valid_to=now + timedelta(hours=1),
                )
                # Whatever of it may be delegated.
                await lives[1].write(Request(owner=NJB, actor=leader, content=delegate))
            declare = DeclareEmergency(area=AREA, text=Private(""))
            for owner in (NJB, NVJB):
                actor = Actor(organisation=owner, function="control_room_operator")
                told = await lives[1].write(Request(owner=owner, actor=actor, content=declare))
                assert isinstance(told, Done), told
            assert answers(gates[EXERCISE]) != before
            known = country_set(COUNTRY)
            texts = {**known.texts, "any.cedar": ANYTHING}
            book = book_from(texts, known.read_with.acts, known.read_with.alarms)
            gates[EXERCISE].take(book, clock.now())
            assert all(each for _, each in answers(gates[EXERCISE]))
            assert answers(gates[REAL]) == before
        finally:
            for live in lives:
                await live.close()

    asyncio.run(story())


def answers(gate: Gate) -> list[tuple[str, bool]]:
    """What is allowed to whom, of every act."""
    at = clock.now()
    return [
        (f"{act} {function}", gate.allowed(actor, act, resource, at) is not None)
        for act in sorted(gate.book.acts)
        for function, of in (("planner", NVJB), ("control_room_operator", NJB))
        for actor in [Actor(organisation=of, function=function)]
        for resource in [Resource(owner=NJB)]
    ]
