# SPDX-License-Identifier: Apache-2.0
"""Who the nodes are: everybody is hosted once, and the drawing shows each where it is."""

from itertools import combinations

import pytest

from bavn.kernel.identity import NodeId
from bavn.kernel.refusal import BadInput
from bavn.node.federated.drawing import BOX_HEIGHT, BOX_WIDTH, drawing_of
from bavn.node.federated.plan import Tier, plan_of
from bavn.node.federated.story import cast_of
from bavn.node.play.manner import Manner, manner_of
from bavn.runtime.countries import built_in

DENMARK = "denmark"
PLAN = plan_of(built_in(DENMARK), manner_of(DENMARK))


@pytest.mark.requirement("E5.6")
def test_everybody_of_the_country_is_hosted_by_one_node() -> None:
    hosted = [owner for each in PLAN.nodes for owner in each.hosts]
    assert len(hosted) == len(set(hosted))
    municipalities = {each.node for each in PLAN.nodes if each.tier is Tier.MUNICIPALITY}
    assert set(hosted) - municipalities == set(built_in(DENMARK).organisations)


def test_there_are_a_nation_four_centres_two_services_and_a_municipality() -> None:
    tiers = [each.tier for each in PLAN.nodes]
    assert {tier: tiers.count(tier) for tier in Tier} == {
        Tier.NATION: 1,
        Tier.AREA: 4,
        Tier.SERVICE: 2,
        Tier.MUNICIPALITY: 1,
    }


def test_each_node_comes_after_its_parent_and_is_under_its_own_area() -> None:
    known: set[NodeId] = set()
    for each in PLAN.nodes:
        assert each.parent in known or each.parent is None
        known.add(each.node)
    assert PLAN[NodeId("njb")].parent == "nordjylland"
    assert PLAN[NodeId("odense-kommune")].parent == "syddanmark"


def test_all_below_a_node_are_found_with_it() -> None:
    assert PLAN.from_here_down(NodeId("nordjylland")) == ["nordjylland", "njb"]
    assert len(PLAN.from_here_down(PLAN.top.node)) == len(PLAN.nodes)


def test_each_area_has_all_others_as_stand_ins_and_nobody_is_its_own() -> None:
    areas = [each.node for each in PLAN.nodes if each.tier is Tier.AREA]
    for area in areas:
        assert sorted([area, *PLAN.stand_ins_of(area)]) == sorted(areas)
    assert PLAN.stand_ins_of(PLAN.top.node) == []
    cast = cast_of(manner_of(DENMARK))
    assert PLAN.stand_ins_of(cast.area)[0] == cast.stand_in


def test_a_service_that_nobody_knows_is_bad_input() -> None:
    values = {key: manner_of(DENMARK).text(key) for key in ("federation.nation",)}
    with pytest.raises(BadInput, match="nowhere"):
        plan_of(built_in(DENMARK), Manner({**values, "federation.services": "nowhere"}))


def test_no_two_boxes_of_the_drawing_touch_and_none_is_outside() -> None:
    drawing = drawing_of(PLAN)
    assert len(drawing.boxes) == len(PLAN.nodes)
    assert len(drawing.edges) == len(PLAN.nodes) - 1
    for box in drawing.boxes:
        assert 0 <= box.x <= drawing.width - BOX_WIDTH
        assert 0 <= box.y <= drawing.height - BOX_HEIGHT
    for one, other in combinations(drawing.boxes, 2):
        assert abs(one.x - other.x) > BOX_WIDTH or abs(one.y - other.y) > BOX_HEIGHT
