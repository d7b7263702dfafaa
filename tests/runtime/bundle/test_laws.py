# SPDX-License-Identifier: Apache-2.0
"""Laws of bundles on random courses of events: carried by hand is the same as told by line."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.kernel.identity import NodeId
from bavn.runtime.bundle.export import Exported
from bavn.runtime.bundle.form import PAGE
from bavn.runtime.bundle.sealing import SealedToAnother
from bavn.runtime.halt import Halt
from tests.journal.courses import Country
from tests.journal.pictures import picture
from tests.lilleland.nodes import NATION, NODES, Node, Settings, key_of
from tests.runtime.bundle.carrying import busy_country, exported, opened, taken

seeds = st.integers(0, 1_000_000).map(Random)
# Parts that some channels with some dozens of facts each are shared out to.
SMALL_PART = 5_000
# Less than what a manifest of so many channels may take at the most.
LITTLE = 9_000
TOO_LITTLE = {
    "bundle_nothing",
    "bundle_part_too_small",
    "bundle_too_many_parts",
    "bundle_too_small",
}
# A country takes a tenth of a second to make, many times other examples.
fewer = settings(max_examples=max(1, settings().max_examples // 8))


def fresh(name: NodeId, country: Country) -> Node:
    return Node(name, settings=Settings(clock=country.clock))


def tried(node: Node, to: NodeId, **wanted: Any) -> tuple[Exported, list[bytes]] | None:
    """Give a bundle; None when there is nothing to tell, or nothing fits."""
    try:
        with exported(node, to, **wanted) as made:
            return made
    except Halt as halted:
        if halted.refused.code not in TOO_LITTLE:
            raise
    return None


def own_heads(node: Node, name: NodeId) -> dict[str, int]:
    held = node.journal.have()
    return {text: count for text, count in held.items() if text.startswith(f"{name}/")}


def hear(node: Node, country: Country) -> None:
    """Hear all others directly, but for what the node told itself in another life."""
    for other in country.nodes.values():
        if other.name != node.name:
            for segment in other.journal.offer(node.name, {}, limit=10_000):
                if segment.channel.node != node.name:
                    node.journal.merge(segment)


def bundles_for(country: Country, hearer: NodeId, chance: Random) -> list[list[bytes]]:
    """Give bundles of every node for one: of all it may hear, and of what lies beyond some."""
    found: list[list[bytes]] = []
    for node in country.nodes.values():
        if node.name == hearer:
            continue
        have = {
            name: count if name.startswith(f"{hearer}/") else chance.randrange(count + 1)
            for name, count in node.journal.have().items()
        }
        for wanted in ({}, {"have": have}):
            most = SMALL_PART + chance.randrange(2_000)
            # In as small parts as it can be had in.
            sizes = [*range(2_500, most, 250), None]
            made = (tried(node, hearer, part_bytes=each, **wanted) for each in sizes)
            found += next(([each[1]] for each in made if each), [])
    return found


@fewer
@given(st.sampled_from(NODES), seeds)
def test_any_parts_in_any_order_again_and_again_are_the_same_as_hearing_directly(
    name: NodeId, chance: Random
) -> None:
    with busy_country(chance) as country:
        by_hand, by_line = fresh(name, country), fresh(name, country)
        bundles = bundles_for(country, name, chance)
        files = [raw for parts in bundles for raw in parts]
        assert len(files) > len(bundles) > 2
        files += chance.choices(files, k=2)
        chance.shuffle(files)
        while files:
            count = chance.randrange(1, 4)
            now, files = files[:count], files[count:]
            report = taken(by_hand, *now)
            assert report.is_well
        hear(by_line, country)
        assert picture(by_hand) == picture(by_line)
        by_hand.close()
        by_line.close()


@fewer
@given(st.sampled_from(NODES), seeds)
def test_small_bundles_one_after_the_other_come_to_the_same(name: NodeId, chance: Random) -> None:
    with busy_country(chance) as country:
        by_hand, by_line = fresh(name, country), fresh(name, country)
        others = [node for node in country.nodes.values() if node.name != name]
        while others:
            node = chance.choice(others)
            # What this node told itself before its record was lost is heard by line or not at all.
            have = by_hand.journal.have() | own_heads(node, name)
            made = tried(node, name, have=have, most_bytes=chance.randrange(5_000, 12_000))
            if made is None:
                others.remove(node)
                continue
            before = by_hand.journal.have()
            assert taken(by_hand, *made[1]).is_well
            assert (by_hand.journal.have() != before) == bool(made[0].entries)
            assert made[0].entries or made[0].pictured
        hear(by_line, country)
        assert picture(by_hand) == picture(by_line)
        by_hand.close()
        by_line.close()


@fewer
@given(seeds)
def test_nobody_else_opens_it_and_it_holds_only_what_the_receiver_may_hear(chance: Random) -> None:
    with busy_country(chance) as country:
        name = chance.choice(NODES)
        others = [key_of(other) for other in NODES if other != name]
        bundles = bundles_for(country, name, chance)
        for node in country.nodes.values():
            small = None if node.name == name else tried(node, name, most_bytes=6_000)
            bundles += [] if small is None else [small[1]]
        said = b""
        for raw in (raw for parts in bundles for raw in parts):
            with pytest.raises(SealedToAnother):
                opened(raw, chance.choice(others))
            assert b"canary" not in raw
            said += b"\n".join(content for _, content in opened(raw, key_of(name)))
        words = [word for word in country.canaries if word.encode() in said]
        assert words or name == NATION
        assert [word for word in words if name not in country.canaries[word]] == []
        assert [word for word in words if word.startswith(("canary-own", "canary-seal"))] == []


@fewer
@given(st.sampled_from(NODES), st.integers(3_000, 12_000), st.booleans(), seeds)
def test_a_limit_is_kept_and_what_is_left_out_is_said(
    name: NodeId, most: int, in_parts: bool, chance: Random
) -> None:
    with busy_country(chance) as country:
        node = country.nodes[chance.choice([each for each in NODES if each != name])]
        part = {"part_bytes": SMALL_PART} if in_parts else {}
        found = tried(node, name, most_bytes=most, **part)
        if found is None:
            assert most < LITTLE or in_parts
            return
        made, files = found
        assert sum(map(len, files)) == made.size <= most
        assert all(len(raw) <= SMALL_PART for raw in files) or not in_parts
        sorts = [sort for raw in files for sort, _ in opened(raw, key_of(name))]
        left = {each.channel.text(): each for each in made.manifest.left}
        assert bool(left) == (made.left_out > 0)
        assert (PAGE in sorts) == (made.pictured > 0)
        assert left or PAGE not in sorts
        held: dict[str, int] = {}
        for each in (each for part in made.manifest.parts for each in part.holds):
            text = each.channel.text()
            assert each.first == held.get(text, 0) + 1
            held[text] = each.last
        for text, count in node.journal.have().items():
            if text in left:
                assert (left[text].first, left[text].last) == (held.get(text, 0) + 1, count)
            elif text in held:
                assert held[text] == count
