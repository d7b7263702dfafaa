# SPDX-License-Identifier: Apache-2.0
"""A founded country: each node has all of it at once, and founding again adds nothing."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from bavn.capabilities.operations.views.tables import UNIT_PICTURE
from bavn.capabilities.organisation.views.register import Register
from bavn.journal.journal import Journal
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import NodeId
from bavn.node.federated.founding import WORLD, folder_of, found
from bavn.node.federated.plan import plan_of
from bavn.node.play.manner import manner_of
from bavn.node.wiring import catalogue
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.founding import found_node
from bavn.runtime.halt import Halt
from bavn.runtime.opened import open_to_write

COUNTRY = built_in("denmark")
PLAN = plan_of(COUNTRY, manner_of("denmark")).gathered()


def held(stack: ExitStack, data: Path) -> dict[NodeId, Journal]:
    return {
        each.node: stack.enter_context(
            open_to_write(folder_of(data, each.node), WORLD, catalogue())
        ).journal
        for each in PLAN.nodes
    }


@pytest.mark.slow
@pytest.mark.requirement("E5.6", "E8.1")
def test_nobody_lacks_a_fact_that_another_may_tell_him_and_founding_again_adds_none(
    tmp_path: Path,
) -> None:
    found(tmp_path, PLAN, COUNTRY)
    with ExitStack() as stack:
        journals = held(stack, tmp_path)
        for node, journal in journals.items():
            for other in journals.values():
                assert other is journal or other.offer(node, journal.have()) == []
        reached = {node: journal.have() for node, journal in journals.items()}
        # Nobody's country looks empty: every unit has said that it is at home.
        for journal in journals.values():
            units = Register(COUNTRY, journal.query).on(clock.now().date()).units
            said = journal.query.rows(NOBODY, UNIT_PICTURE)
            assert len(said) == len(units) > 0
    for have in reached.values():
        assert {name.partition("/")[0] for name in have} == {each.node for each in PLAN.nodes}
    found(tmp_path, PLAN, COUNTRY)
    with ExitStack() as stack:
        journals = held(stack, tmp_path)
        assert {node: journal.have() for node, journal in journals.items()} == reached


def test_some_nodes_and_not_all_stop_a_founding(tmp_path: Path) -> None:
    found_node(
        folder_of(tmp_path, PLAN.top.node),
        WORLD,
        PLAN.top.node,
        hosts=PLAN.top.hosts,
        areas=(),
        catalogue=catalogue(),
    )
    with pytest.raises(Halt) as halted:
        found(tmp_path, PLAN, COUNTRY)
    assert halted.value.refused.code == "half_federation"
