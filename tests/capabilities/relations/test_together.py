# SPDX-License-Identifier: Apache-2.0
"""Which incidents are one: whatever the order, never in a ring, and undone as if never done."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.relations.model.together import APART, Known, Together, Word, together

NAMES = ("a", "b", "c", "d", "e")
# Two owners: the first three incidents are one's, the others another's.
KNOWN = {
    name: Known(owner="east" if number < 3 else "west", reported_at_ms=number)
    for number, name in enumerate(NAMES)
}
words = st.lists(
    st.builds(
        Word,
        by=st.sampled_from(["east", "west", "north"]),
        incident=st.sampled_from(NAMES),
        into=st.sampled_from(NAMES),
        stands=st.booleans(),
    ),
    max_size=8,
    # As the view has it: one word of each about two incidents.
    unique_by=lambda word: (word.by, frozenset({word.incident, word.into})),
)


def said(*pairs: tuple[str, str], by: str = "east") -> list[Word]:
    return [Word(by=by, incident=incident, into=into) for incident, into in pairs]


def test_one_that_is_in_nothing_leads_itself() -> None:
    assert APART.whole("a") == ("a",)
    assert together([], KNOWN) == APART


def test_an_owners_word_of_its_own_two_is_enough() -> None:
    now = together(said(("b", "a")), KNOWN)
    assert now.leading == {"b": "a"}
    assert (now.whole("b"), now.merged_into("a"), now.merged_into("b")) == (("a", "b"), ("b",), ())


def test_of_two_owners_both_must_say_it() -> None:
    one = together(said(("d", "a")), KNOWN)
    assert (one.leading, one.unanswered) == ({}, tuple(said(("d", "a"))))
    both = together([*said(("d", "a")), *said(("d", "a"), by="west")], KNOWN)
    assert (both.leading, both.unanswered) == ({"d": "a"}, ())
    # Who owns neither may say what he likes.
    other = together([*said(("d", "a")), *said(("d", "a"), by="north")], KNOWN)
    assert other.leading == {}


def test_two_owners_who_disagree_on_who_leads_have_the_eldest_lead() -> None:
    crossed = [*said(("a", "d")), *said(("d", "a"), by="west")]
    assert together(crossed, KNOWN).leading == {"d": "a"}


def test_of_a_ring_the_eldest_leads() -> None:
    ring = said(("a", "b"), ("b", "c"), ("c", "a"))
    assert together(ring, KNOWN).leading == {"b": "a", "c": "a"}


def test_what_follows_one_that_follows_is_of_the_same_whole() -> None:
    assert together(said(("a", "b"), ("b", "c")), KNOWN).leading == {"a": "c", "b": "c"}
    # Of two that lead it is the one that was reported first.
    assert together(said(("c", "a"), ("c", "b")), KNOWN).leading == {"b": "a", "c": "a"}


def test_nothing_is_one_with_what_nobody_has_reported() -> None:
    assert together(said(("a", "z")), KNOWN) == APART


@given(words)
def test_every_whole_has_one_that_leads_and_it_is_in_it(told: list[Word]) -> None:
    now = together(told, KNOWN)
    for name in NAMES:
        first = now.leading_of(name)
        assert now.leading_of(first) == first
        assert name in now.whole(name)
        assert now.whole(name) == now.whole(first)
        assert set(now.whole(name)) == {other for other in NAMES if now.leading_of(other) == first}


@given(words.filter(lambda told: len(told) <= 5))
def test_no_order_matters(told: list[Word]) -> None:
    now = together(told, KNOWN)
    assert all(together(order, KNOWN) == now for order in permutations(told))


@given(words, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_an_edge_that_is_taken_away_leaves_what_was_there_without_it(
    told: list[Word], one: str, other: str
) -> None:
    pair = {one, other}
    before = [word for word in told if {word.incident, word.into} != pair]
    apart = Word(by="east", incident=one, into=other, stands=False)
    # Its own word taken back, whatever the other goes on saying.
    others = [word for word in told if {word.incident, word.into} == pair and word.by != "east"]
    now = together([*before, *others, apart], KNOWN)
    is_east = "east" in {KNOWN[one].owner, KNOWN[other].owner}
    if is_east:
        assert now.leading == together(before, KNOWN).leading


@given(words)
def test_a_further_word_joins_wholes_and_parts_none(told: list[Word]) -> None:
    before = together(told, KNOWN)
    more = [each for each in told if {each.incident, each.into} != {"a", "b"}]
    now: Together = together([*more, *said(("a", "b"))], KNOWN)
    assert now.leading_of("a") == now.leading_of("b")
    for one in NAMES:
        if before.leading_of(one) == before.leading_of("c"):
            parted = {"a", "b"} & {*before.whole("c")} == {"a", "b"}
            assert parted or now.leading_of(one) == now.leading_of("c")
