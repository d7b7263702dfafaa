# SPDX-License-Identifier: Apache-2.0
"""The roster folded from statements: who may state what, and that order does not matter."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.journal.chain import ChannelName
from bavn.journal.roster import CLOCK_GRACE_MS, Roster
from bavn.journal.trust.fold import fold
from bavn.journal.trust.statements import Body, Statement
from bavn.kernel.audience import NATION, Audience
from bavn.kernel.identity import NodeId
from tests.journal.trust.told import (
    AGENCY,
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    PORT,
    ROOT,
    START,
    START_MS,
    WEST,
    WESTERN,
    Talk,
    base,
    changed,
    country,
    granted,
    joined,
    key_of,
    no_stand_in,
    revoked,
    settled,
    stand_in,
)

DAY = timedelta(days=1)
DAY_MS = 24 * 60 * 60 * 1_000
WESTTOWN = "westtown"


def test_what_the_root_and_those_below_it_state_is_the_roster() -> None:
    roster = country().roster()
    assert set(roster.peers) == {ROOT, EAST, WEST, HARBOUR}
    assert roster.unheeded == {}
    assert roster.children_of(ROOT) == (EAST, WEST)
    assert (roster.parent_of(HARBOUR), roster.parent_of(ROOT)) == (EAST, None)
    assert roster.host_of(PORT) == HARBOUR
    assert roster.epoch_at(EAST, EASTERN) == 1
    assert roster.may_hear(HARBOUR, Audience("area:eastern"))
    assert not roster.may_hear(HARBOUR, Audience("to:eastern"))


# Each line: who states it, what, and a part of why it is not heeded; "" when it is.
STATED: dict[str, tuple[str, Body, str]] = {
    "the root invites anybody": (ROOT, joined("north", ROOT), ""),
    "the root places a node under another": (ROOT, joined("north", WEST), ""),
    "a centre invites under itself": (EAST, joined("quay", EAST), ""),
    "a centre gives what it hears": (EAST, joined("quay", EAST, hears=("area:eastern",)), ""),
    "a centre gives what lies under it": (EAST, joined("quay", EAST, hears=("to:easttown",)), ""),
    "a centre invites under another": (EAST, joined("quay", WEST), "under itself only"),
    "a centre invites under nobody": (EAST, joined("quay", None), "under itself only"),
    "a centre gives another's area": (
        EAST,
        joined("quay", EAST, hears=("area:western",)),
        "not for east to give",
    ),
    "a centre gives what only another may read": (
        EAST,
        joined("quay", EAST, hears=("to:western",)),
        "not for east to give",
    ),
    "a centre takes another's node": (WEST, joined(HARBOUR, WEST, hears=()), "somebody else"),
    "a parent tells its node's key anew": (
        EAST,
        joined(HARBOUR, EAST, key=key_of("thief").hex()),
        "another key",
    ),
    "the root tells a node's key anew": (
        ROOT,
        joined(EAST, ROOT, key=key_of("thief").hex()),
        "another key",
    ),
    "a stranger invites": ("stranger", joined("quay", "stranger"), "invited by nobody"),
    "the root grants anything": (ROOT, granted("north", WEST), ""),
    "the root skips an epoch": (ROOT, granted(WESTERN, EAST, 9), ""),
    "a centre grants what lies under it": (EAST, granted(EASTTOWN, EAST), ""),
    "a centre takes back what lies under it": (EAST, granted(PORT, EAST, 2), ""),
    "a centre hands on what it holds": (EAST, granted(EASTERN, WEST, 2), ""),
    "a centre grants another's": (EAST, granted(WESTERN, EAST, 2), "may not grant"),
    "a centre grants what nobody owns": (EAST, granted("north", EAST), "may not grant"),
    "a centre skips an epoch": (EAST, granted(PORT, EAST, 3), "may not grant"),
    "a centre says what lies under another": (
        EAST,
        granted(EASTERN, EAST, 2, under=(WESTERN,)),
        "neither hosts nor sees to",
    ),
    "a host gives its present epoch away": (EAST, granted(EASTERN, WEST, 1), "may not grant"),
    "a service takes its area": (HARBOUR, granted(EASTERN, HARBOUR, 2), "may not grant"),
    "a host names its stand-in": (WEST, stand_in(WESTERN, EAST), ""),
    "who sees to it names a stand-in": (EAST, stand_in(PORT, EAST), ""),
    "the root names a stand-in": (ROOT, stand_in(WESTERN, EAST), ""),
    "a host ends what nobody was": (WEST, no_stand_in(WESTERN, EAST), ""),
    "somebody ends another's": (EAST, no_stand_in(WESTERN, EAST), "neither hosts nor sees to"),
    "somebody names himself": (EAST, stand_in(WESTERN, EAST), "neither hosts nor sees to"),
    "the root settles a claim": (ROOT, settled(WESTERN, 2, EAST), ""),
    "who sees to it settles a claim": (EAST, settled(PORT, 1, HARBOUR), ""),
    "a claimant settles his own claim": (WEST, settled(WESTERN, 1, WEST), "does not see to"),
    "a node changes its key": (EAST, changed(EAST, "east 2", 5), ""),
    "a root changes its key": (ROOT, changed(ROOT, "root 2", 5), ""),
    "a node changes another's key": (EAST, changed(HARBOUR, "thief", 5), "its own key only"),
    "the root changes another's key": (ROOT, changed(EAST, "thief", 5), "its own key only"),
    "a key changes for what was told": (EAST, changed(EAST, "east 2", 1), "has not begun"),
    "a parent revokes": (EAST, revoked(HARBOUR, {}), ""),
    "the root revokes": (ROOT, revoked(HARBOUR, {}), ""),
    "a neighbour revokes": (WEST, revoked(HARBOUR, {}), "is not above"),
    "a child revokes": (HARBOUR, revoked(EAST, {}), "is not above"),
    "a node revokes itself": (EAST, revoked(EAST, {}), "is not above"),
    "somebody revokes the root": (EAST, revoked(ROOT, {}), "where trust begins"),
    "the root revokes itself": (ROOT, revoked(ROOT, {}), "where trust begins"),
    "the root revokes a stranger": (ROOT, revoked("stranger", {}), "not known"),
}


@pytest.mark.requirement("E0.1")
@pytest.mark.parametrize("what", STATED)
def test_only_who_may_is_heeded(what: str) -> None:
    node, body, why = STATED[what]
    talk = country()
    before = talk.roster()
    said = talk.refused(node, body)
    assert (why in said) if why else said == ""
    after = talk.roster()
    if why:
        # What nobody may state changes nothing but the list of what is not heeded.
        assert (after.peers, after.grants) == (before.peers, before.grants)
        assert (after.stand_ins, after.settled) == (before.stand_ins, before.settled)
        assert after.under == before.under


def test_who_hosts_nothing_invites_nobody() -> None:
    talk = country()
    talk.tell(ROOT, joined("north", ROOT, hears=()))
    said = talk.refused("north", joined("quay", "north", hears=()))
    assert said == "north hosts no organisation"


def test_a_stand_in_takes_the_next_epoch_and_no_other() -> None:
    talk = country()
    assert "may not grant" in talk.refused(EAST, granted(WESTERN, EAST, 2, ground="take_over"))
    talk.tell(WEST, stand_in(WESTERN, EAST))
    # What it had stated too early counts now: a name that is heard late must not undo a take-over.
    roster = talk.roster()
    assert (roster.host_of(WESTERN), roster.epoch_at(EAST, WESTERN)) == (EAST, 2)
    assert "may not grant" in talk.refused(EAST, granted(WESTERN, HARBOUR, 2))
    # It gives it back.
    assert talk.refused(EAST, granted(WESTERN, WEST, 3, ground="return")) == ""
    assert talk.roster().host_of(WESTERN) == WEST
    assert talk.roster().may_write(EAST, WESTERN, 2)


def test_a_stand_in_skips_no_epoch() -> None:
    talk = country()
    talk.tell(WEST, stand_in(WESTERN, EAST))
    assert "may not grant" in talk.refused(EAST, granted(WESTERN, EAST, 3))


def test_stand_ins_are_asked_in_the_order_that_was_last_said() -> None:
    talk = country()
    talk.tell(WEST, stand_in(WESTERN, EAST, 1))
    talk.tell(WEST, stand_in(WESTERN, ROOT, 2))
    talk.tell(WEST, stand_in(WESTERN, EAST, 3))
    assert [each.node for each in talk.roster().stand_ins[WESTERN]] == [ROOT, EAST]


def test_who_is_a_stand_in_no_longer_is_asked_no_more_until_named_again() -> None:
    talk = country()
    talk.tell(WEST, stand_in(WESTERN, EAST))
    talk.tell(WEST, stand_in(WESTERN, ROOT, 2))
    talk.tell(WEST, no_stand_in(WESTERN, EAST))
    assert [each.node for each in talk.roster().stand_ins[WESTERN]] == [ROOT]
    talk.tell(ROOT, no_stand_in(WESTERN, ROOT))
    assert talk.roster().stand_ins == {}
    talk.tell(WEST, stand_in(WESTERN, EAST, 3))
    assert [each.node for each in talk.roster().stand_ins[WESTERN]] == [EAST]


@pytest.mark.requirement("E5.6")
def test_who_had_heard_that_it_stands_in_no_longer_takes_nothing_over() -> None:
    talk = country()
    talk.tell(WEST, stand_in(WESTERN, EAST))
    over = talk.tell(WEST, no_stand_in(WESTERN, EAST))
    channel = ChannelName(WEST, 1, NATION).text()
    heard = granted(WESTERN, EAST, 2, ground="take_over", knew={channel: over.sequence})
    assert "may not grant" in talk.refused(EAST, heard)
    # One who was cut off goes on in good faith.
    unheard = granted(WESTERN, EAST, 2, ground="take_over", knew={channel: over.sequence - 1})
    assert talk.refused(EAST, unheard) == ""
    assert talk.roster().host_of(WESTERN) == EAST


def test_who_is_named_again_may_take_over_again() -> None:
    talk = country()
    talk.tell(WEST, stand_in(WESTERN, EAST))
    talk.tell(WEST, no_stand_in(WESTERN, EAST))
    again = talk.tell(WEST, stand_in(WESTERN, EAST))
    channel = ChannelName(WEST, 1, NATION).text()
    heard = granted(WESTERN, EAST, 2, ground="take_over", knew={channel: again.sequence})
    assert talk.refused(EAST, heard) == ""


def test_two_claims_to_one_epoch_leave_none_hosting_until_a_person_settles_them() -> None:
    talk = country()
    for node in (EAST, HARBOUR):
        talk.tell(WEST, stand_in(WESTERN, node))
        talk.tell(node, granted(WESTERN, node, 2, ground="take_over"))
    roster = talk.roster()
    assert roster.host_of(WESTERN) is None
    assert [claim.node for claim in roster.claims_to(WESTERN)] == [EAST, HARBOUR]
    # Both told the truth as they knew it: what they tell under their epoch counts.
    assert roster.may_write(EAST, WESTERN, 2)
    assert roster.may_write(HARBOUR, WESTERN, 2)
    talk.tell(ROOT, settled(WESTERN, 2, HARBOUR))
    roster = talk.roster()
    assert roster.host_of(WESTERN) == HARBOUR
    assert roster.may_write(EAST, WESTERN, 2)


def test_a_settlement_that_names_none_of_the_claimants_settles_nothing() -> None:
    talk = country()
    talk.tell(ROOT, granted(WESTERN, EAST, 1))
    talk.tell(ROOT, settled(WESTERN, 1, HARBOUR))
    assert talk.roster().host_of(WESTERN) is None


def test_the_roots_word_on_a_claim_comes_before_the_areas() -> None:
    talk = country()
    talk.tell(EAST, granted(PORT, EAST, 1))
    talk.tell(EAST, settled(PORT, 1, EAST))
    assert talk.roster().host_of(PORT) == EAST
    talk.tell(ROOT, settled(PORT, 1, HARBOUR))
    assert talk.roster().host_of(PORT) == HARBOUR
    talk.tell(EAST, settled(PORT, 1, EAST))
    assert talk.roster().host_of(PORT) == HARBOUR


def test_a_name_that_two_gave_to_two_keys_is_nobodys_until_the_root_says_whose() -> None:
    talk = country()
    talk.tell(EAST, joined("quay", EAST, hears=()))
    talk.tell(WEST, joined("quay", WEST, hears=(), key=key_of("other").hex()))
    roster = talk.roster()
    assert "quay" not in roster.peers
    assert roster.contested == {"quay"}
    assert set(roster.unheeded.values()) == {"quay is the name of two nodes"}
    talk.tell(ROOT, joined("quay", WEST, hears=(), key=key_of("other").hex()))
    roster = talk.roster()
    assert roster.contested == frozenset()
    assert (roster.line_key_of(NodeId("quay")), roster.parent_of(NodeId("quay"))) == (
        key_of("other"),
        WEST,
    )


def test_a_later_word_of_the_parent_replaces_what_a_node_hears_and_the_roots_word_stands() -> None:
    talk = country()
    talk.tell(EAST, joined(HARBOUR, EAST, hears=()))
    assert talk.roster().peers[HARBOUR].hears == frozenset()
    talk.tell(ROOT, joined(HARBOUR, WEST, hears=("area:western",)))
    talk.tell(EAST, joined(HARBOUR, EAST))
    peer = talk.roster().peers[HARBOUR]
    assert peer.parent == WEST
    assert peer.hears == frozenset({Audience("area:western")})


def test_the_last_word_counts_also_where_its_right_comes_from_the_node_itself() -> None:
    talk = country()
    talk.tell(ROOT, granted(WESTERN, HARBOUR, 2))
    talk.tell(HARBOUR, granted(WESTERN, EAST, 3))
    for hears in (("to:western",), ("to:western", "area:eastern"), ("to:western", "to:port")):
        talk.tell(EAST, joined(HARBOUR, EAST, hears=hears))
    roster = talk.roster()
    assert roster.unheeded == {}
    assert sorted(roster.peers[HARBOUR].hears) == ["to:port", "to:western"]


def test_a_grant_counts_as_long_as_it_holds_and_a_wrong_clock_is_forgiven_a_day() -> None:
    talk = country()
    talk.tell(EAST, granted(EASTTOWN, HARBOUR, 2, valid_from=START, valid_to=START + DAY))
    talk.tell(ROOT, granted(EASTTOWN, EAST))
    roster = talk.roster()
    ends_ms = START_MS + DAY_MS
    assert roster.epoch_at(HARBOUR, EASTTOWN, ends_ms) == 2
    assert roster.epoch_at(HARBOUR, EASTTOWN, ends_ms + 1) is None
    assert roster.may_write(HARBOUR, EASTTOWN, 2, ends_ms + CLOCK_GRACE_MS)
    assert not roster.may_write(HARBOUR, EASTTOWN, 2, ends_ms + CLOCK_GRACE_MS + 1)
    assert not roster.may_write(HARBOUR, EASTTOWN, 2, START_MS - CLOCK_GRACE_MS - 1)


def test_an_invitation_that_has_run_out_takes_its_grants_and_its_hearing_with_it() -> None:
    talk = country()
    talk.tell(EAST, joined(HARBOUR, EAST, valid_to=START + DAY))
    roster = talk.roster()
    after_ms = START_MS + DAY_MS + 1
    assert not roster.has_left(HARBOUR, after_ms - 1)
    assert roster.has_left(HARBOUR, after_ms)
    assert not roster.may_write(HARBOUR, PORT, 1, after_ms + CLOCK_GRACE_MS)
    late = talk.refused(HARBOUR, stand_in(PORT, EAST), at_ms=after_ms + CLOCK_GRACE_MS)
    assert late == "the invitation of harbour did not hold then"


class TestKeys:
    """Keys that are changed, and keys that are revoked."""

    def test_a_changed_key_counts_from_its_incarnation_and_the_old_one_before_it_for_ever(
        self,
    ) -> None:
        talk = country()
        talk.tell(EAST, changed(EAST, "east 2", 5))
        talk.tell(EAST, changed(EAST, "east 3", 9), incarnation=5)
        roster = talk.roster()
        assert [roster.key_of(EAST, number) for number in (1, 4, 5, 8, 9, 10)] == [
            key_of(name) for name in ("east", "east", "east 2", "east 2", "east 3", "east 3")
        ]
        assert roster.line_key_of(EAST) == key_of("east")
        assert roster.key_of(NodeId("stranger"), 1) is None

    def test_a_revoked_key_is_believed_as_far_as_said_in_the_channels_that_are_named(
        self,
    ) -> None:
        talk = country()
        talk.tell(EAST, revoked(HARBOUR, {"harbour/1/nation": 7}))
        roster = talk.roster()
        believed = {
            ChannelName(HARBOUR, 1, NATION): 7,
            ChannelName(HARBOUR, 1, Audience("area:eastern")): 0,
            ChannelName(HARBOUR, 3, NATION): 0,
            ChannelName(EAST, 1, NATION): None,
        }
        assert {name: roster.believed_of(name) for name in believed} == believed
        assert roster.is_cut_off(HARBOUR)
        assert not roster.is_cut_off(EAST)

    def test_with_a_new_key_a_node_goes_on_and_lines_are_sealed_for_it(self) -> None:
        talk = country()
        talk.tell(EAST, revoked(HARBOUR, {"harbour/1/nation": 7}, "harbour 2", since=4))
        roster = talk.roster()
        assert roster.key_of(HARBOUR, 3) == key_of("harbour")
        assert roster.key_of(HARBOUR, 4) == roster.line_key_of(HARBOUR) == key_of("harbour 2")
        assert roster.believed_of(ChannelName(HARBOUR, 4, NATION)) is None
        assert not roster.is_cut_off(HARBOUR)

    def test_what_was_stated_beyond_what_is_believed_never_was(self) -> None:
        talk = country()
        talk.tell(WEST, stand_in(WESTERN, EAST))
        taken = talk.tell(EAST, granted(WESTERN, EAST, 2))
        invited = talk.tell(EAST, joined("quay", EAST, hears=()))
        talk.tell(ROOT, revoked(EAST, {"east/1/nation": taken.sequence}))
        roster = talk.roster()
        assert roster.host_of(WESTERN) == EAST
        assert "quay" not in roster.peers
        assert roster.unheeded == {invited.key: "the key of east was revoked"}

    def test_a_thief_does_not_get_himself_a_new_key(self) -> None:
        talk = country()
        talk.tell(EAST, changed(EAST, "thief", 5))
        talk.tell(ROOT, revoked(EAST, {"east/1/nation": 2}, "east 2", since=7))
        roster = talk.roster()
        assert roster.key_of(EAST, 5) == key_of("east")
        assert roster.believed_of(ChannelName(EAST, 5, NATION)) == 0
        assert roster.key_of(EAST, 7) == key_of("east 2")

    def test_a_key_that_was_changed_to_can_be_revoked_and_the_one_before_stays(self) -> None:
        talk = country()
        talk.tell(EAST, changed(EAST, "east 2", 5))
        talk.tell(ROOT, revoked(EAST, {"east/5/nation": 3}, "east 3", key="east 2", since=9))
        roster = talk.roster()
        assert roster.believed_of(ChannelName(EAST, 1, NATION)) is None
        assert roster.believed_of(ChannelName(EAST, 5, NATION)) == 3
        assert roster.key_of(EAST, 9) == key_of("east 3")

    def test_the_roots_word_on_a_key_comes_before_the_parents(self) -> None:
        talk = country()
        talk.tell(ROOT, revoked(HARBOUR, {"harbour/1/nation": 3}))
        talk.tell(EAST, revoked(HARBOUR, {"harbour/1/nation": 9}))
        assert talk.roster().believed_of(ChannelName(HARBOUR, 1, NATION)) == 3


def test_nodes_that_the_root_put_above_each_other_in_a_ring_are_all_known() -> None:
    talk = country()
    talk.tell(ROOT, joined(EAST, WEST))
    talk.tell(ROOT, joined(WEST, EAST))
    assert {EAST, WEST, HARBOUR} <= set(talk.roster().peers)


def test_a_listed_node_is_as_the_list_has_it_until_the_root_says_otherwise() -> None:
    listed = country().roster()
    listed = Roster(listed.peers, listed.grants, listed.roots, listed.under)
    talk = Talk()
    passed = talk.tell(WEST, joined(HARBOUR, WEST, key=key_of("thief").hex(), hears=()))
    assert fold(listed, talk.said).peers == listed.peers
    assert fold(listed, talk.said).unheeded == {passed.key: "harbour is a node of somebody else"}
    talk.tell(EAST, joined(HARBOUR, EAST, hears=()))
    assert fold(listed, talk.said).peers[HARBOUR].hears == frozenset()
    talk.tell(ROOT, joined(HARBOUR, WEST, hears=("area:western",)))
    assert fold(listed, talk.said).peers[HARBOUR].parent == WEST


def test_without_statements_the_roster_is_where_trust_begins() -> None:
    assert fold(base(), []) == base()
    assert base().host_of(AGENCY) == ROOT


# Few, so that many statements are about the same.
NODES = ("east", "west", "harbour", "quay")
OWNERS = ("port", "western")
BODIES: tuple[Callable[[Random], Body], ...] = (
    lambda chance: joined(
        chance.choice(NODES),
        chance.choice((*NODES, None)),
        hears=tuple(chance.sample(("area:eastern", "to:port", "area:western"), 1)),
        key=key_of(f"{chance.choice(NODES)}").hex(),
        valid_to=chance.choice((None, START + 2 * DAY)),
    ),
    lambda chance: granted(
        chance.choice(OWNERS),
        chance.choice(NODES),
        chance.randint(1, 3),
        under=tuple(chance.sample(OWNERS, chance.randint(0, 1))),
        valid_to=chance.choice((None, START + DAY)),
    ),
    lambda chance: stand_in(chance.choice(OWNERS), chance.choice(NODES), chance.randint(1, 3)),
    lambda chance: settled(chance.choice(OWNERS), chance.randint(1, 3), chance.choice(NODES)),
    lambda chance: changed(
        chance.choice(NODES), f"{chance.choice(NODES)} {chance.randint(2, 3)}", chance.randint(2, 4)
    ),
    lambda chance: revoked(
        chance.choice(NODES),
        {f"{chance.choice(NODES)}/{chance.randint(1, 2)}/nation": chance.randint(0, 4)},
        chance.choice((None, "renewed")),
        since=chance.randint(2, 5),
    ),
)


def tangle(chance: Random) -> list[Statement]:
    """Let every node state all sorts of things, most of which it may not."""
    talk = country()
    for _ in range(chance.randint(1, 24)):
        body = chance.choice(BODIES)(chance)
        node = chance.choice((*NODES, ROOT, EAST))
        talk.tell(node, body, incarnation=chance.randint(1, 3))
    return talk.said


@pytest.mark.requirement("E5.6")
@given(st.integers(0, 10_000_000).map(Random))
def test_late_twice_or_out_of_order_the_roster_is_the_same(chance: Random) -> None:
    said = tangle(chance)
    expected = fold(base(), said)
    heard = chance.sample(said, len(said)) + chance.sample(said, len(said) // 2)
    again = fold(base(), heard)
    assert again == expected
    assert again.grants_fingerprint == expected.grants_fingerprint
    # Each statement is heeded or there is a reason; none is both.
    assert set(expected.unheeded) <= {each.key for each in said}
