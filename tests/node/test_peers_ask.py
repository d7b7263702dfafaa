# SPDX-License-Identifier: Apache-2.0
"""What comes from another node: facts are no act here, and what is asked goes by our gate."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest

from bavn.capabilities.operations.decisions import CloseIncident, ReportIncident
from bavn.journal.decision import Done, Request
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.kernel.refusal import Refused
from bavn.node import mandates
from bavn.node.federated.founding import WORLD, folder_of, found
from bavn.node.federated.plan import plan_of
from bavn.node.own_policies import country_set
from bavn.node.play.manner import manner_of
from bavn.node.served import house_of
from bavn.node.wiring import COUNTRY, catalogue
from bavn.runtime.countries import built_in
from bavn.runtime.functions import MACHINES
from bavn.runtime.mandates import Gate
from bavn.runtime.opened import open_to_write
from bavn.runtime.peers.content import AskHave, AskLatest, AskPull, AskTake, Beat, Question

pytestmark = pytest.mark.slow
NODES = NATION, NORTH = NodeId("nation"), NodeId("nordjylland")
AGENCY, AREA = OrganisationId("brs"), OrganisationId("nordjylland")


class Noting(Gate):
    """A country's gate that notes who asked it for what, of whose."""

    asked: list[tuple[Actor, str, OrganisationId]]

    def __call__(
        self, actor: Actor, act: str, resource: Resource, at: datetime
    ) -> Allowed | Refused:
        """As it answers."""
        self.asked.append((actor, act, resource.owner))
        return super().__call__(actor, act, resource, at)


def noting() -> Noting:
    """One of them."""
    country = built_in(COUNTRY)
    plain = mandates.gate(country, country_set(COUNTRY).book, catalogue())
    gate = object.__new__(Noting)
    gate.__dict__.update(plain.__dict__)
    gate.asked = []
    return gate


def test_another_node_can_tell_and_ask_for_what_is_told_and_nothing_else() -> None:
    """A beat, the numbers, the facts themselves, positions: another letter has to be looked at."""
    assert set(get_args(Question)) == {AskHave, AskPull, AskTake, AskLatest}
    assert {each.__struct_config__.tag for each in (Beat, *get_args(Question))} == {
        "beat",
        "have?",
        "pull?",
        "take?",
        "latest?",
    }


@pytest.mark.requirement("E9.1")
def test_what_a_peer_asks_for_goes_by_the_hosts_gate_in_its_own_name(tmp_path: Path) -> None:
    country = built_in(COUNTRY)
    found(tmp_path, plan_of(country, manner_of(country.id)).only(NODES), country)

    async def story() -> None:
        gates = [noting() for _ in NODES]
        house = house_of(
            [
                open_to_write(folder_of(tmp_path, node), WORLD, catalogue(), may=gate)
                for node, gate in zip(NODES, gates, strict=True)
            ],
            country,
        )
        await house.open()
        try:
            at_nation, at_north = (each.live for each in house.nodes)
            desk = house.front.given["desk"]
            nation, north = gates
            # Asked from the nation's node, for what the north hosts: by the north's gate, as it is.
            agency = Actor(organisation=AGENCY, function="national_duty_officer")
            nation.asked.clear()
            north.asked.clear()
            close = CloseIncident(incident="x", area=AREA)
            refused = await desk.write(Request(owner=AREA, actor=agency, content=close))
            assert isinstance(refused, Refused)
            assert refused.code == "not_by_mandate"
            assert (agency, "operations.close_incident", AREA) in north.asked
            assert not [each for each in nation.asked if each[2] == AREA]
            # An alarm as well, and it is let through in the same name.
            report, told = ReportIncident(incident="from-afar", area=AREA), "incident:from-afar"
            assert isinstance(
                await desk.write(Request(owner=AREA, actor=agency, content=report)), Done
            )
            assert (agency, "operations.report_incident", AREA) in north.asked
            # Its facts are told to the nation: whoever acts on them there is its own machine.
            async with asyncio.timeout(20):
                while not at_nation.positions_of(AREA, told):  # noqa: ASYNC110 - nobody rings
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            hosted = set(at_nation.journal.record.roster.hosted_by(NATION))
            acted = [
                each
                for each in nation.asked
                if not each[1].startswith("audience.") and ".read_" not in each[1]
            ]
            assert all(
                actor.function in MACHINES and {actor.organisation, owner} <= hosted
                for actor, _, owner in acted
            )
            assert at_north.node == NORTH
        finally:
            house.let_go()
            await house.close()

    asyncio.run(story())
