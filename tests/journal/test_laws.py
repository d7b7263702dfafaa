# SPDX-License-Identifier: Apache-2.0
"""Laws of the journal, on random courses of events: what holds whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.journal.chain import Segment
from bavn.journal.merge import WAITING_LIMIT, Merged
from bavn.journal.rebuild import in_silence, rebuilding, reindex
from bavn.journal.views import digest_of
from bavn.kernel.audience import NATION, Scope, area, scope_of, to
from bavn.kernel.identity import NodeId
from tests.journal.courses import OWNERS, Country, Step, courses, steps, tellings
from tests.journal.pictures import (
    bytes_held,
    evidence_at,
    heads_told_to,
    offered,
    picture,
    rows_told_to,
    views_of,
    waiting_at,
)
from tests.journal.segments import channel_of, cut
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    HARBOUR,
    NODES,
    PORT,
    WEST,
    WESTERN,
    Node,
    Settings,
    request,
)
from tests.lilleland.nodes import NATION as NATIONS_NODE
from tests.lilleland.vocabulary import ReportFire

seeds = st.integers(0, 1_000_000).map(Random)
# A course takes some twenty milliseconds, many times those of other examples.
fewer = settings(max_examples=settings().max_examples * 3 // 5)
AUDIENCES = (NATION, area(EASTERN), area(WESTERN), *map(to, OWNERS))


@contextmanager
def country_after(course: list[Step]) -> Iterator[Country]:
    country = Country()
    try:
        country.play(course)
        yield country
    finally:
        country.close()


def segments_for(country: Country, hearer: Node, chance: Random) -> list[Segment]:
    """Give what others offer a hearer that has something or nothing: pieces that overlap."""
    pieces = []
    for _ in range(3):
        for other in country.nodes.values():
            if other.name == hearer.name:
                continue
            have = {
                name: chance.randrange(count + 1) for name, count in other.journal.have().items()
            }
            pieces += other.journal.offer(hearer.name, have, limit=1_000)
    return [piece for piece in pieces if piece.channel.node != hearer.name]


def mixed(country: Country, telling: list[Step], hearer: Node, chance: Random) -> list[Segment]:
    """Let events happen, and take what is offered after each one."""
    pieces: list[Segment] = []
    for step in telling:
        country.play([step])
        pieces += segments_for(country, hearer, chance)
    return pieces


@fewer
@given(courses)
def test_a_course_of_events_leaves_no_fault_and_no_evidence(course: list[Step]) -> None:
    with country_after(course) as country:
        for node in country.nodes.values():
            assert list(node.journal.verify()) == []
            assert evidence_at(node) == []


@given(tellings, seeds, st.sampled_from([NATIONS_NODE, EAST, WEST, HARBOUR]))
def test_any_order_of_the_same_segments_gives_the_same_node(
    telling: list[Step], chance: Random, name: NodeId
) -> None:
    with country_after([]) as country:
        pieces = mixed(country, telling, country.nodes[name], chance)
        # Some never arrive: what waits behind the gaps must be equal too.
        pieces = [piece for piece in pieces if chance.random() < 0.8]
        first, second = (Node(name, settings=Settings(clock=country.clock)) for _ in range(2))
        for piece in pieces:
            first.journal.merge(piece)
        for piece in chance.sample(pieces, len(pieces)):
            second.journal.merge(piece)
        assert picture(first) == picture(second)
        assert evidence_at(first) == evidence_at(second) == []
        assert list(second.journal.verify()) == []
        first.close()
        second.close()


@fewer
@given(tellings, seeds)
def test_what_is_heard_again_changes_nothing(telling: list[Step], chance: Random) -> None:
    with country_after([]) as country:
        hearer = country.nodes[EAST]
        for piece in mixed(country, telling, hearer, chance):
            hearer.journal.merge(piece)
            before, held = picture(hearer), bytes_held(hearer)
            again = hearer.journal.merge(piece)
            assert isinstance(again, Merged)
            assert again.applied == 0
            assert (picture(hearer), bytes_held(hearer)) == (before, held)


@fewer
@given(courses)
@pytest.mark.requirement("E0.1")
def test_after_a_whole_exchange_those_who_may_hear_the_same_hold_the_same(
    course: list[Step],
) -> None:
    with country_after(course) as country:
        country.exchange()
        for audience in AUDIENCES:
            hearers = [
                node
                for node in country.nodes.values()
                if node.journal.record.roster.may_hear(node.name, audience)
            ]
            first, *others = hearers
            for other in others:
                assert heads_told_to(other, audience) == heads_told_to(first, audience)
                assert rows_told_to(other, audience) == rows_told_to(first, audience)
        for node in country.nodes.values():
            assert waiting_at(node) == []
            assert list(node.journal.verify()) == []


@fewer
@given(courses)
@pytest.mark.requirement("E0.1")
def test_nothing_told_is_lost_by_a_cut(course: list[Step]) -> None:
    with country_after(course) as country:
        told = {
            (row.raw, name)
            for node in country.nodes.values()
            for name, channel in node.journal.record.channels.items()
            for row in node.store.chain(channel.key, 1, 10_000)
            if name.node == node.name
        }
        country.exchange()
        for raw, channel in told:
            for node in country.nodes.values():
                if node.journal.record.roster.may_hear(node.name, channel.audience):
                    held = node.journal.record.channels[channel]
                    rows = node.store.chain(held.key, 1, 10_000)
                    assert raw in [row.raw for row in rows]


@fewer
@given(courses)
def test_no_offer_holds_what_its_hearer_may_not_know(course: list[Step]) -> None:
    with country_after(course) as country:
        country.exchange()
        for node in country.nodes.values():
            for peer in country.nodes.values():
                said = offered(node, peer).decode()
                leaked = [
                    word
                    for word, may_hold in country.canaries.items()
                    if word in said and (peer.name not in may_hold or word.startswith("canary-own"))
                ]
                assert leaked == []


@fewer
@given(courses)
def test_no_node_holds_a_private_text_in_clear(course: list[Step]) -> None:
    with country_after(course) as country:
        country.exchange()
        for node in country.nodes.values():
            held = node.store.connection.serialize("main")
            assert b"canary-sealed" not in held


@fewer
@given(courses)
def test_views_made_anew_are_the_views_made_as_events_came(course: list[Step]) -> None:
    with country_after(course) as country:
        for node in country.nodes.values():
            before, said = views_of(node), picture(node)
            node.journal.rebuild()
            assert views_of(node) == before
            assert picture(node) == said


@fewer
@given(courses, st.lists(steps, max_size=8), st.sampled_from(NODES), st.integers(1, 3))
def test_views_made_anew_while_events_go_on_are_the_same(
    before: list[Step], during: list[Step], name: NodeId, turn: int
) -> None:
    with country_after(before) as country, pytest.MonkeyPatch.context() as small:
        # Turns so small that events come between any two of them.
        small.setattr("bavn.journal.rebuild.SUBJECTS_PER_TURN", turn)
        small.setattr("bavn.journal.rebuild.FACTS_PER_TURN", turn)
        node = country.nodes[name]
        building = rebuilding(node.journal.record, in_silence)
        for step in during:
            next(building, None)
            country.play([step])
        for _ in building:
            pass
        after = views_of(node)
        assert list(node.journal.verify()) == []
        node.journal.rebuild()
        assert views_of(node) == after


@fewer
@given(courses, st.integers(0, 4), st.lists(steps, max_size=4))
def test_a_rebuild_that_is_cut_off_leaves_the_views_in_use(
    course: list[Step], cut_after: int, then: list[Step]
) -> None:
    with country_after(course) as country, pytest.MonkeyPatch.context() as small:
        small.setattr("bavn.journal.rebuild.SUBJECTS_PER_TURN", 1)
        node = country.nodes[EAST]
        before = views_of(node)
        building = rebuilding(node.journal.record, in_silence)
        for _, _ in zip(range(cut_after), building, strict=False):
            # The swap is the last step: it is never reached here.
            if node.journal.record.views.generation:
                return
        del building
        assert views_of(node) == before
        country.play(then)
        assert list(node.journal.verify()) == []
        after = views_of(node)
        node.journal.rebuild()
        assert views_of(node) == after


@fewer
@given(courses)
def test_indexes_told_anew_are_the_indexes_as_they_were(course: list[Step]) -> None:
    with country_after(course) as country:
        for node in country.nodes.values():
            before = sorted(node.store.all_abouts()), sorted(node.store.all_refs())
            reindex(node.journal.record)
            assert (sorted(node.store.all_abouts()), sorted(node.store.all_refs())) == before


@fewer
@given(courses)
def test_one_scope_has_one_digest_at_all_who_may_see_it(course: list[Step]) -> None:
    with country_after(course) as country:
        country.exchange()
        digests = set()
        for node in country.nodes.values():
            record = node.journal.record
            digests.add(
                digest_of(
                    (view, row)
                    for view in record.views.all
                    if view.scope is Scope.NATION
                    for row in node.store.rows(record.views.table_of(view), {})
                )
            )
        assert len(digests) == 1


@fewer
@given(courses)
def test_a_channel_is_held_only_by_those_it_is_for(course: list[Step]) -> None:
    with country_after(course) as country:
        country.exchange()
        for node in country.nodes.values():
            for channel in node.journal.record.channels:
                assert channel.node == node.name or scope_of(channel.audience) is not Scope.OWN
                assert channel.node == node.name or node.journal.record.roster.may_hear(
                    node.name, channel.audience
                )


# Bounds


@settings(max_examples=5)
@given(seeds)
def test_behind_a_gap_wait_the_nearest_up_to_the_limit_in_whatever_order(chance: Random) -> None:
    east, hearer = Node(EAST), Node(NATIONS_NODE)
    count = WAITING_LIMIT + 10
    for fire in range(count):
        east.done(request(EASTERN, ReportFire(fire=str(fire), what="smoke", area=EASTERN)))
    channel = channel_of(east, NATION)
    single = [cut(east, channel, number, number) for number in range(2, count + 1)]
    chance.shuffle(single)
    for segment in single:
        hearer.journal.merge(segment)
        assert len(waiting_at(hearer)) <= WAITING_LIMIT
    assert [first for _, first, _ in waiting_at(hearer)] == list(range(2, WAITING_LIMIT + 2))
    assert hearer.journal.record.channels[channel].announced == count
    assert hearer.journal.have() == {channel.text(): 0}
    hearer.journal.merge(cut(east, channel, 1, 1))
    assert hearer.journal.have() == {channel.text(): WAITING_LIMIT + 1}
    hearer.hear(east)
    assert hearer.journal.have() == {channel.text(): count}
    assert list(hearer.journal.verify()) == []


def test_an_offer_is_no_longer_than_its_limit_and_goes_on_where_it_ended() -> None:
    harbour, east = Node(HARBOUR), Node(EAST)
    for fire in range(3):
        harbour.done(request(PORT, ReportFire(fire=str(fire), what="smoke", area=EASTERN)))
    heard = 0
    while segments := harbour.journal.offer(EAST, east.journal.have(), limit=1):
        assert len(segments) == 1
        east.journal.merge(segments[0])
        heard += 1
    assert heard == 2
    assert heads_told_to(east, NATION) == heads_told_to(harbour, NATION)
    assert heads_told_to(east, area(EASTERN)) == heads_told_to(harbour, area(EASTERN))
