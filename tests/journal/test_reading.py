# SPDX-License-Identifier: Apache-2.0
"""Reading: each reader sees exactly the rows and facts that are for it."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.journal import reader as journal_reader
from bavn.journal.reader import NOBODY, ROWS_LIMIT, HistoryItem, Reader
from bavn.journal.views import View
from bavn.kernel.audience import NATION, area, to
from bavn.kernel.identity import OrganisationId
from tests.journal.segments import facts_of
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    PORT,
    WESTERN,
    WESTTOWN,
    Node,
    request,
)
from tests.lilleland.vocabulary import (
    FIRE_IN_AREA,
    FIRE_OWN,
    FIRE_SEEN,
    HELP,
    AskHelp,
    Note,
    ReportFire,
    SendCrew,
)


def of(*organisations: OrganisationId) -> Reader:
    return Reader(organisations=frozenset(organisations))


def within(*areas: OrganisationId) -> Reader:
    return Reader(areas=frozenset(areas))


def tell(
    node: Node, owner: OrganisationId, in_area: OrganisationId, helper: OrganisationId
) -> None:
    for content in (
        ReportFire(fire="1", what="smoke", area=in_area),
        SendCrew(fire="1", crew="ladder", area=in_area),
        Note(fire="1", mark="m"),
        AskHelp(fire="1", of=helper, crews=2),
    ):
        node.done(request(owner, content))


@pytest.fixture(scope="module")
def east() -> Iterator[Node]:
    """Give the east's node: it told, the town beside it told, and it heard the harbour."""
    node, harbour = Node(EAST), Node(HARBOUR)
    tell(node, EASTERN, EASTERN, WESTTOWN)
    tell(node, EASTTOWN, EASTERN, EASTERN)
    # A fire over the border is told to the area where it burns.
    node.done(request(EASTTOWN, ReportFire(fire="2", what="smoke", area=WESTERN)))
    tell(harbour, PORT, EASTERN, EASTTOWN)
    node.hear(harbour)
    yield node
    node.close()


# Whose rows a reader sees at the east's node, per view: the owner, and the fire or the audience.
ALL_SEEN = [(EASTERN, "1"), (EASTTOWN, "1"), (EASTTOWN, "2"), (PORT, "1")]
IN_EAST = [(EASTERN, "1"), (EASTTOWN, "1"), (PORT, "1")]
READERS: dict[str, tuple[Reader, dict[str, list[tuple[OrganisationId, str]]]]] = {
    "nobody": (NOBODY, {"area": [], "own": [], "help": []}),
    "personal but nobody": (Reader(personal=True), {"area": [], "own": [], "help": []}),
    "the eastern centre": (
        of(EASTERN),
        {
            "area": [(EASTERN, "1")],
            "own": [(EASTERN, "1")],
            "help": [(EASTERN, "1"), (EASTTOWN, "1")],
        },
    ),
    "the eastern town": (
        of(EASTTOWN),
        {
            "area": [(EASTTOWN, "1"), (EASTTOWN, "2")],
            "own": [(EASTTOWN, "1"), (EASTTOWN, "2")],
            "help": [(EASTTOWN, "1"), (PORT, "1")],
        },
    ),
    "both": (
        of(EASTERN, EASTTOWN),
        {
            "area": [(EASTERN, "1"), (EASTTOWN, "1"), (EASTTOWN, "2")],
            "own": [(EASTERN, "1"), (EASTTOWN, "1"), (EASTTOWN, "2")],
            "help": [(EASTERN, "1"), (EASTTOWN, "1"), (PORT, "1")],
        },
    ),
    "the port": (of(PORT), {"area": [(PORT, "1")], "own": [], "help": [(PORT, "1")]}),
    "the western town": (of(WESTTOWN), {"area": [], "own": [], "help": [(EASTERN, "1")]}),
    "the eastern area": (within(EASTERN), {"area": IN_EAST, "own": [], "help": []}),
    "the western area": (within(WESTERN), {"area": [(EASTTOWN, "2")], "own": [], "help": []}),
    "both areas": (within(EASTERN, WESTERN), {"area": ALL_SEEN, "own": [], "help": []}),
    "a stranger": (of(OrganisationId("stranger")), {"area": [], "own": [], "help": []}),
    "a clever stranger": (
        Reader(organisations=frozenset({OrganisationId("own"), OrganisationId("nation")})),
        {"area": [], "own": [], "help": []},
    ),
}
ALL_OWNERS = (EASTERN, EASTTOWN, PORT)
VIEWS = {"area": FIRE_IN_AREA, "own": FIRE_OWN, "help": HELP}


def seen(node: Node, reader: Reader, view: View) -> list[tuple[str, str]]:
    rows = node.journal.query.rows(reader, view)
    return sorted({(str(row["owner"]), str(row["subject"])[5:]) for row in rows})


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("who", READERS)
def test_each_reader_sees_the_rows_that_are_for_it_and_no_others(east: Node, who: str) -> None:
    reader, expected = READERS[who]
    assert seen(east, reader, FIRE_SEEN) == ALL_SEEN
    for name, view in VIEWS.items():
        assert seen(east, reader, view) == expected[name], name


@pytest.mark.parametrize("who", READERS)
def test_looking_for_certain_rows_finds_no_more_than_looking_at_all(east: Node, who: str) -> None:
    reader, _ = READERS[who]
    for view in (FIRE_SEEN, *VIEWS.values()):
        every = east.journal.query.rows(reader, view)
        for owner in (EASTERN, EASTTOWN, PORT):
            some = east.journal.query.rows(reader, view, {"owner": owner})
            assert some == [row for row in every if row["owner"] == owner]


NAMES = st.frozensets(
    st.sampled_from(
        (EASTERN, EASTTOWN, PORT, WESTERN, WESTTOWN, *map(OrganisationId, ("own", "nation")))
    )
)


@given(organisations=NAMES, areas=NAMES, personal=st.booleans())
def test_whatever_a_reader_is_it_gets_all_that_is_for_it_and_nothing_else(
    east: Node,
    organisations: frozenset[OrganisationId],
    areas: frozenset[OrganisationId],
    personal: bool,
) -> None:
    reader = Reader(organisations=organisations, areas=areas, personal=personal)
    told = {*(f"area:{each}" for each in areas), *(f"to:{each}" for each in organisations)}
    record, query = east.journal.record, east.journal.query
    for view in VIEWS.values():
        every = record.store.rows(record.views.table_of(view), {})
        its = [
            row
            for row in every
            if row["owner"] in organisations or (view is not FIRE_OWN and row["audience"] in told)
        ]
        assert query.rows(reader, view) == its
    for owner in (EASTERN, EASTTOWN, PORT):
        all_ = of(*ALL_OWNERS)
        for item in query.history(reader, owner, "fire:1"):
            heard = {*item.audiences} & {NATION, *told}
            assert owner in organisations or (heard and heard == {*item.audiences})
            assert query.item(reader, item.fact.id) is not None
            assert query.told(reader, item.fact.id) == item.fact
        hidden = {each.fact.id for each in query.history(all_, owner, "fire:1")} - {
            each.fact.id for each in query.history(reader, owner, "fire:1")
        }
        assert [each for each in hidden if query.item(reader, each) is not None] == []
        assert [each for each in hidden if query.told(reader, each) is not None] == []


KINDS = st.frozensets(
    st.sampled_from(
        ("fire_reported", "crew_sent", "noted", "help_asked", "struck", "fire", "ported", "")
    )
)


@given(organisations=NAMES, kinds=KINDS)
def test_to_look_for_some_kinds_finds_what_looking_at_all_finds_of_them(
    east: Node, organisations: frozenset[OrganisationId], kinds: frozenset[str]
) -> None:
    reader, query = Reader(organisations=organisations), east.journal.query
    names = {f"lilleland.{each}" for each in kinds} | {"journal.struck"}
    for owner in ALL_OWNERS:
        every = query.history(reader, owner, "fire:1")
        some = query.history(reader, owner, "fire:1", names)
        assert some == [item for item in every if item.fact.kind in names]


def test_a_long_history_is_read_in_turns_and_is_the_same(
    east: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, reader = east.journal.query, of(EASTERN)
    whole = query.history(reader, EASTERN, "fire:1")
    monkeypatch.setattr(journal_reader, "ENTRIES_IN_TURN", 1)
    found = list[HistoryItem]()

    def taken() -> Iterator[None]:
        found.extend((yield from query.in_turns(reader, EASTERN, "fire:1")))

    # Each entry is looked at twice: one of them is told to two.
    assert len(list(taken())) == 2 * (len(whole) + 1)
    assert found == whole


HISTORY: dict[str, tuple[Reader, list[tuple[str, set[str]]]]] = {
    "nobody": (NOBODY, [("fire_reported", {NATION})]),
    "its owner": (
        of(EASTERN),
        [
            ("fire_reported", {NATION, area(EASTERN)}),
            ("crew_sent", {area(EASTERN)}),
            ("noted", {"own"}),
            ("help_asked", {to(WESTTOWN)}),
        ],
    ),
    "its area": (
        within(EASTERN),
        [("fire_reported", {NATION, area(EASTERN)}), ("crew_sent", {area(EASTERN)})],
    ),
    "another area": (within(WESTERN), [("fire_reported", {NATION})]),
    "another in its area": (of(EASTTOWN), [("fire_reported", {NATION})]),
    "who was asked": (
        of(WESTTOWN),
        [("fire_reported", {NATION}), ("help_asked", {to(WESTTOWN)})],
    ),
}


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("who", HISTORY)
def test_history_shows_each_reader_what_was_told_to_it(east: Node, who: str) -> None:
    reader, expected = HISTORY[who]
    items = east.journal.query.history(reader, EASTERN, "fire:1")
    shown = [(item.fact.kind.partition(".")[2], set(item.audiences)) for item in items]
    assert shown == expected
    assert all(item.understood and not item.struck for item in items)


def test_history_of_what_nobody_told_is_empty(east: Node) -> None:
    assert east.journal.query.history(of(EASTERN), EASTERN, "fire:99") == []
    assert east.journal.query.history(of(EASTERN), WESTERN, "fire:1") == []


def test_no_more_rows_are_given_than_asked_for(east: Node) -> None:
    assert len(east.journal.query.rows(NOBODY, FIRE_SEEN, limit=2)) == 2
    assert east.journal.query.rows(NOBODY, FIRE_SEEN, limit=0) == []
    assert len(east.journal.query.rows(NOBODY, FIRE_SEEN, limit=10 * ROWS_LIMIT)) == len(ALL_SEEN)
    assert len(facts_of(east)) > len(ALL_SEEN)


def test_a_look_up_by_a_column_that_there_is_not_is_our_bug(east: Node) -> None:
    with pytest.raises(KeyError):
        east.journal.query.rows(NOBODY, FIRE_SEEN, {"colour": "red"})
    with pytest.raises(KeyError):
        east.journal.query.rows(NOBODY, FIRE_SEEN, {"owner = owner; --": "red"})
