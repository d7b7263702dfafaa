# SPDX-License-Identifier: Apache-2.0
"""Laws of bundles on random courses of events: carried by hand is the same as told by line."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.kernel.identity import NodeId
from bavn.runtime.bundle.export import Exported
from bavn.runtime.bundle.form import MANIFEST, PAGE, SEGMENT
from bavn.runtime.bundle.sealing import SealedToAnother
from bavn.runtime.halt import Halt
from tests.journal.courses import Country, Step, courses
from tests.journal.pictures import picture
from tests.journal.test_laws import country_after
from tests.lilleland.nodes import NODES, Node, Settings, key_of
from tests.runtime.bundle.carrying import SMALL_PART, exported, opened, taken

seeds = st.integers(0, 1_000_000).map(Random)
TOO_LITTLE = {
    "bundle_nothing",
    "bundle_part_too_small",
    "bundle_too_many_parts",
    "bundle_too_small",
}
fewer = settings(max_examples=settings().max_examples // 2)


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
            limits = {"part_bytes": SMALL_PART + chance.randrange(4_000)} if found else {}
            made = tried(node, hearer, **wanted, **limits) or tried(node, hearer, **wanted)
            found += [] if made is None else [made[1]]
    return found


@fewer
@given(courses, st.sampled_from(NODES), seeds)
def test_any_parts_in_any_order_again_and_again_are_the_same_as_hearing_directly(
    course: list[Step], name: NodeId, chance: Random
) -> None:
    with country_after(course) as country:
        by_hand, by_line = fresh(name, country), fresh(name, country)
        files = [raw for parts in bundles_for(country, name, chance) for raw in parts]
        files += chance.choices(files, k=2) if files else []
        chance.shuffle(files)
        while files:
            count = chance.randrange(1, 4)
            now, files = files[:count], files[count:]
            report = taken(by_hand, *now)
            assert not report.useless
            assert not report.refused
        for node in country.nodes.values():
            for segment in node.journal.offer(name, {}, limit=1_000):
                if segment.channel.node != name:
                    by_line.journal.merge(segment)
        assert picture(by_hand) == picture(by_line)
        by_hand.close()
        by_line.close()


@fewer
@given(courses, seeds)
def test_nobody_else_opens_it_and_it_holds_only_what_the_receiver_may_hear(
    course: list[Step], chance: Random
) -> None:
    with country_after(course) as country:
        for name in NODES:
            said = b""
            for raw in (raw for parts in bundles_for(country, name, chance) for raw in parts):
                for other in NODES:
                    if other != name:
                        with pytest.raises(SealedToAnother):
                            opened(raw, key_of(other))
                said += b"\n".join(content for _, content in opened(raw, key_of(name)))
                for word in country.canaries:
                    assert word.encode() not in raw
            for word, may_hold in country.canaries.items():
                if word.encode() in said:
                    assert name in may_hold
                    assert not word.startswith(("canary-own", "canary-sealed"))


@fewer
@given(courses, st.sampled_from(NODES), st.integers(4_000, 30_000), st.booleans(), seeds)
def test_a_limit_is_kept_and_what_is_left_out_is_said(
    course: list[Step], name: NodeId, most: int, in_parts: bool, chance: Random
) -> None:
    with country_after(course) as country:
        node = country.nodes[chance.choice([each for each in NODES if each != name])]
        part = {"part_bytes": SMALL_PART} if in_parts else {}
        found = tried(node, name, most_bytes=most, **part)
        if found is None:
            return
        made, files = found
        assert sum(map(len, files)) == made.size <= most
        assert all(len(raw) <= SMALL_PART for raw in files) or not in_parts
        held = {}
        pages, segments = 0, 0
        for raw in files:
            sorts = [sort for sort, _ in opened(raw, key_of(name))]
            assert sorts[0] == MANIFEST
            pages, segments = pages + sorts.count(PAGE), segments + sorts.count(SEGMENT)
        for part_told in made.manifest.parts:
            for each in part_told.holds:
                held[each.channel.text()] = each.last
        left = {each.channel.text(): each for each in made.manifest.left}
        assert pages + segments > 0
        assert bool(left) == (made.left_out > 0)
        for text, count in node.journal.have().items():
            if text in left:
                assert left[text].first == held.get(text, 0) + 1
                assert left[text].last == count
            elif text in held:
                assert held[text] == count
