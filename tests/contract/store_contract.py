# SPDX-License-Identifier: Apache-2.0
"""What every store promises the journal. A new store subclasses `StoreContract` and runs it all.

`OpenStore` opens the same store again at each call, so that "durable" can be tried.
"""

from collections.abc import Callable
from typing import Any

import pytest

from bavn.journal.store import (
    AboutRow,
    ChainRow,
    EntryRow,
    FactRow,
    HistoryRow,
    RefRow,
    Store,
)
from bavn.journal.table import Column, Sort, Table

OpenStore = Callable[[], Any]

BOARD = Table(
    name="board",
    columns=(
        Column("owner"),
        Column("number", Sort.INTEGER),
        Column("state"),
        Column("due", Sort.INTEGER, optional=True),
        Column("level", Sort.REAL, optional=True),
        Column("raw", Sort.BYTES, optional=True),
    ),
    key=("owner", "number"),
    indexes=(("state",), ("due",)),
)
# Every byte, a text in no encoding, and a length beyond a page.
ODD_BYTES = bytes(range(256)) + b"\xff\xfe" + b"x" * 70_000


def fact(position: int, raw: bytes = b"{}", fact_id: bytes | None = None) -> FactRow:
    return FactRow(position, fact_id or position.to_bytes(16), raw, 1_000 + position)


def entry(channel: int, sequence: int, position: int, signature: bytes | None = None) -> EntryRow:
    return EntryRow(channel, sequence, position, bytes([sequence]) * 32, signature)


def row(owner: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "owner": owner,
        "number": number,
        "state": "open",
        "due": None,
        "level": None,
        "raw": None,
        **more,
    }


class StoreContract:
    """The promises of `bavn.journal.store.Store`, tried on whatever `open_store` opens."""

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Store:
        store: Store = open_store()
        return store

    @pytest.fixture
    def board(self, store: Store) -> Store:
        """Give a store with a table and some rows in it, not in the order of their keys."""
        store.begin()
        store.make_tables([BOARD])
        store.put(
            BOARD,
            [
                row("west", 1, state="shut", due=30),
                row("east", 2, due=10),
                row("east", 1, due=20),
                row("east", 10),
                row("west", 2, due=10),
            ],
        )
        store.commit()
        return store

    def told(self, store: Store) -> None:
        """Tell five facts in two channels, one of them in both."""
        store.begin()
        store.add_facts([fact(number, b"fact %d" % number) for number in range(1, 6)])
        store.add_entries(
            [
                entry(1, 1, 1, b"s" * 64),
                entry(1, 2, 2),
                entry(1, 3, 4, b"t" * 64),
                entry(2, 1, 2),
                entry(2, 2, 3, b"u" * 64),
            ]
        )
        store.commit()

    # Bytes

    @pytest.mark.parametrize("raw", [b"", b"\0", ODD_BYTES, "æøå {}".encode()])
    def test_facts_come_back_byte_for_byte(self, store: Store, raw: bytes) -> None:
        kept = FactRow(1, bytes(range(16)), raw, 2**52)
        store.begin()
        store.add_facts([kept])
        store.commit()
        assert store.facts_with([kept.id]) == store.facts_after(0, 1) == [kept]
        assert type(store.facts_after(0, 1)[0].raw) is bytes

    @pytest.mark.parametrize(
        "value",
        [
            {"state": "", "raw": b""},
            {"state": "æ\n\t'\"; DROP TABLE board", "raw": ODD_BYTES},
            {"due": -(2**63), "level": -0.1},
            {"due": 2**63 - 1, "level": 1e308},
        ],
    )
    def test_values_come_back_as_they_were_given(self, board: Store, value: dict[str, Any]) -> None:
        given = row("north", 1, **value)
        board.put(BOARD, [given])
        assert board.row(BOARD, ("north", 1)) == given
        assert list(board.rows(BOARD, {"owner": "north"})[0]) == list(BOARD.column_names)

    # Transactions

    def test_what_was_committed_is_there_when_the_store_is_opened_again(
        self, open_store: OpenStore
    ) -> None:
        store = open_store()
        store.begin()
        store.make_tables([BOARD])
        store.put(BOARD, [row("east", 1)])
        store.commit()
        self.told(store)
        before = store.facts_after(0, 10), store.chain(1, 1, 10), store.rows(BOARD, {})
        again = open_store()
        assert (again.facts_after(0, 10), again.chain(1, 1, 10), again.rows(BOARD, {})) == before
        assert again.integrity() == []

    def test_a_transaction_that_is_rolled_back_leaves_nothing(self, board: Store) -> None:
        self.told(board)
        before = self.all_of(board)
        board.begin()
        self.write_something(board)
        assert self.all_of(board) != before
        board.rollback()
        assert self.all_of(board) == before

    def test_a_transaction_in_which_something_failed_is_rolled_back_whole(
        self, board: Store
    ) -> None:
        self.told(board)
        before = self.all_of(board)
        board.begin()
        self.write_something(board)
        with pytest.raises(Exception):  # noqa: B017, PT011 - each store has its own
            board.add_facts([fact(1)])
        board.rollback()
        assert self.all_of(board) == before
        board.begin()
        self.write_something(board)
        board.commit()
        assert self.all_of(board) != before

    def test_rolling_back_without_a_transaction_is_harmless(self, board: Store) -> None:
        before = self.all_of(board)
        board.rollback()
        board.rollback()
        assert self.all_of(board) == before

    def test_what_a_transaction_has_written_it_reads(self, store: Store) -> None:
        store.begin()
        store.add_facts([fact(1)])
        store.add_entries([entry(1, 1, 1)])
        assert store.last_position() == 1
        assert store.head(1) == entry(1, 1, 1)
        store.rollback()
        assert store.last_position() == 0
        assert store.head(1) is None

    def test_tables_are_made_and_dropped_within_the_transaction(self, board: Store) -> None:
        board.begin()
        board.make_tables([BOARD.named("board_2")])
        board.drop_tables(["board"])
        assert board.table_names() == ["board_2"]
        board.rollback()
        assert board.table_names() == ["board"]
        assert len(board.rows(BOARD, {})) == 5

    def write_something(self, store: Store) -> None:
        store.add_facts([fact(6)])
        store.add_entries([entry(3, 1, 6)])
        store.add_abouts([AboutRow("east", "fire:9", b"9", 3, 6)])
        store.add_refs([RefRow("east", "room", "9", 6, "d")])
        store.put(BOARD, [row("east", 1, state="shut"), row("new", 1)])
        store.remove(BOARD, [("west", 1)])
        store.make_tables([BOARD.named("another")])

    def all_of(self, store: Store) -> list[Any]:
        return [
            store.facts_after(0, 100),
            [store.chain(channel, 1, 100) for channel in (1, 2, 3)],
            sorted(store.all_abouts()),
            sorted(store.all_refs()),
            store.rows(BOARD, {}),
            store.table_names(),
        ]

    # Facts and entries

    def test_an_empty_store_has_nothing(self, store: Store) -> None:
        assert store.last_position() == 0
        assert store.facts_after(0, 10) == store.facts_with([bytes(16)]) == []
        assert store.chain(1, 1, 10) == []
        assert store.history("east", "fire:1") == []
        assert store.head(1) is store.entry(1, 1) is None
        assert store.newest_stamps([("east", "fire:1")]) in ({}, [])
        assert store.subjects_after("", "", 10) == []
        assert store.table_names() == []
        assert store.refs([("east", "room", "1")]) == []
        assert store.integrity() == []

    def test_facts_come_in_the_order_in_which_they_were_learnt(self, store: Store) -> None:
        store.begin()
        store.add_facts([fact(3), fact(1), fact(2)])
        store.commit()
        assert [each.position for each in store.facts_after(0, 10)] == [1, 2, 3]
        assert [each.position for each in store.facts_after(1, 1)] == [2]
        assert store.facts_after(3, 10) == []
        assert store.last_position() == 3

    def test_facts_are_found_by_id_also_two_of_one_id(self, store: Store) -> None:
        store.begin()
        store.add_facts([fact(1), fact(2, b"a"), fact(3, b"b", fact_id=fact(2).id)])
        store.commit()
        assert sorted(store.facts_with([fact(2).id])) == [fact(2, b"a"), fact(3, b"b", fact(2).id)]
        assert sorted(store.facts_with([fact(1).id, bytes(16)])) == [fact(1)]
        assert store.facts_with([]) == []

    def test_many_are_found_with_one_question(self, store: Store) -> None:
        count = 3_000
        store.begin()
        store.add_facts([fact(number) for number in range(1, count + 1)])
        store.add_refs([RefRow("east", "room", str(n), n, "d") for n in range(1, count + 1)])
        store.commit()
        found = store.facts_with([fact(number).id for number in range(1, count + 1)])
        assert len(found) == count
        refs = store.refs([("east", "room", str(number)) for number in range(1, count + 1)])
        assert len(refs) == count

    def test_a_chain_comes_in_order_with_its_facts(self, store: Store) -> None:
        self.told(store)
        assert store.chain(1, 1, 10) == [
            ChainRow(1, bytes([1]) * 32, b"s" * 64, 1, fact(1).id, b"fact 1"),
            ChainRow(2, bytes([2]) * 32, None, 2, fact(2).id, b"fact 2"),
            ChainRow(3, bytes([3]) * 32, b"t" * 64, 4, fact(4).id, b"fact 4"),
        ]
        assert [each.sequence for each in store.chain(1, 2, 1)] == [2]
        assert [each.position for each in store.chain(2, 1, 10)] == [2, 3]
        assert store.chain(1, 4, 10) == store.chain(9, 1, 10) == []

    def test_an_entry_without_its_fact_is_in_the_chain_all_the_same(self, store: Store) -> None:
        store.begin()
        store.add_entries([entry(1, 1, 7)])
        store.commit()
        assert [(each.position, each.id, each.raw) for each in store.chain(1, 1, 10)] == [
            (7, b"", b"")
        ]

    def test_the_head_is_the_last_entry_of_its_channel(self, store: Store) -> None:
        self.told(store)
        assert store.head(1) == entry(1, 3, 4, b"t" * 64) == store.entry(1, 3)
        assert store.head(2) == entry(2, 2, 3, b"u" * 64)
        assert store.entry(1, 4) is None

    @pytest.mark.parametrize(
        "write",
        [
            lambda store: store.add_facts([fact(1, fact_id=b"y" * 16)]),
            lambda store: store.add_facts([fact(7), fact(7, fact_id=b"y" * 16)]),
            lambda store: store.add_entries([entry(1, 2, 5)]),
            lambda store: store.add_abouts([AboutRow("east", "fire:1", b"1", 1, 5)]),
            lambda store: store.add_refs([RefRow("east", "room", "1", 1, "other")]),
        ],
    )
    def test_what_is_taken_is_an_error(self, store: Store, write: Callable[[Store], None]) -> None:
        self.told(store)
        store.begin()
        store.add_abouts([AboutRow("east", "fire:1", b"1", 1, 1)])
        store.add_refs([RefRow("east", "room", "1", 1, "d")])
        store.commit()
        store.begin()
        with pytest.raises(Exception):  # noqa: B017, PT011 - each store has its own
            write(store)
        store.rollback()
        assert store.last_position() == 5

    # Indexes

    def test_a_history_comes_in_the_order_of_stamps_as_bytes(self, store: Store) -> None:
        self.told(store)
        stamps = [b"\xff", b"\x00\x01", b"\x7f", b"\x80", b"\x00"]
        store.begin()
        store.add_abouts(
            [AboutRow("east", "fire:1", stamp, 1, n) for n, stamp in enumerate(stamps, 1)]
        )
        store.add_abouts([AboutRow("east", "fire:1", b"\x7f", 2, 3)])
        store.add_abouts([AboutRow("west", "fire:1", b"\x01", 1, 1)])
        store.commit()
        assert store.history("east", "fire:1") == [
            HistoryRow(b"\x00", 1, 5, b"fact 5"),
            HistoryRow(b"\x00\x01", 1, 2, b"fact 2"),
            HistoryRow(b"\x7f", 1, 3, b"fact 3"),
            HistoryRow(b"\x7f", 2, 3, b"fact 3"),
            HistoryRow(b"\x80", 1, 4, b"fact 4"),
            HistoryRow(b"\xff", 1, 1, b"fact 1"),
        ]
        assert [each.position for each in store.history("west", "fire:1")] == [1]
        assert store.history("east", "fire:2") == []

    def test_the_end_of_a_history_is_its_last_entries_and_all_where_it_began_anew(
        self, store: Store
    ) -> None:
        self.told(store)
        one, other = bytes(12), bytes(11) + b"\x01"
        stamps = [one + bytes([n]) for n in (1, 2, 3)]
        store.begin()
        store.add_abouts(
            [AboutRow("east", "fire:1", stamp, 1, n) for n, stamp in enumerate(stamps, 1)]
        )
        store.commit()
        whole = store.history("east", "fire:1")
        assert store.history_end("east", "fire:1", 2) == whole[1:]
        assert store.history_end("east", "fire:1", 3) == whole
        assert store.history_end("east", "fire:1", 9) == whole
        assert store.history_end("east", "fire:2", 9) == []
        store.begin()
        store.add_abouts([AboutRow("east", "fire:1", other + bytes([1]), 1, 4)])
        store.commit()
        # The last entry is of another incarnation: what is before it may have happened after it.
        assert len(store.history_end("east", "fire:1", 1)) == len(whole) + 1

    def test_pairs_of_owner_and_subject_come_once_and_in_order(self, store: Store) -> None:
        pairs = [("west", "fire:1"), ("east", "fire:2"), ("east", "fire:10"), ("east", "crew:1")]
        store.begin()
        store.add_facts([fact(1)])
        for channel in (1, 2):
            store.add_abouts([AboutRow(*pair, b"1", channel, 1) for pair in pairs])
        store.commit()
        ordered = sorted(pairs)
        assert store.subjects_after("", "", 10) == ordered
        for number, pair in enumerate(ordered):
            assert store.subjects_after(*pair, 10) == ordered[number + 1 :]
        assert store.subjects_after("", "", 2) == ordered[:2]
        assert store.subjects_after("east", "", 1) == ordered[:1]

    def test_refs_are_found_by_owner_sender_and_number(self, store: Store) -> None:
        rows = [
            RefRow("east", "room", "1", 2, "d"),
            RefRow("east", "room", "1", 1, "d"),
            RefRow("east", "room", "2", 3, "d"),
            RefRow("east", "hall", "1", 4, "d"),
            RefRow("west", "room", "1", 5, "d"),
        ]
        store.begin()
        store.add_facts([fact(number) for number in range(1, 6)])
        store.add_refs(rows)
        store.commit()
        assert [each.position for each in store.refs([("east", "room", "1")])] == [1, 2]
        assert [
            each.position
            for each in store.refs(
                [("east", "room", "2"), ("west", "room", "1"), ("west", "hall", "1")]
            )
        ] == [3, 5]
        assert sorted(store.all_refs()) == sorted(rows)

    def test_indexes_are_cleared_whole(self, store: Store) -> None:
        store.begin()
        store.add_facts([fact(1)])
        store.add_abouts([AboutRow("east", "fire:1", b"1", 1, 1)])
        store.add_refs([RefRow("east", "room", "1", 1, "d")])
        store.clear_indexes()
        store.commit()
        assert list(store.all_abouts()) == []
        assert list(store.all_refs()) == []
        assert store.history("east", "fire:1") == []
        assert store.refs([("east", "room", "1")]) == []
        assert store.last_position() == 1

    # Rows

    def test_rows_come_in_the_order_of_their_key(self, board: Store) -> None:
        assert self.keys(board, {}) == [
            ("east", 1),
            ("east", 2),
            ("east", 10),
            ("west", 1),
            ("west", 2),
        ]

    @pytest.mark.parametrize(
        ("question", "found"),
        [
            ({"where": {"owner": "east"}}, [("east", 1), ("east", 2), ("east", 10)]),
            ({"where": {"owner": "east", "number": 2}}, [("east", 2)]),
            ({"where": {"state": "shut"}}, [("west", 1)]),
            ({"where": {"state": "lost"}}, []),
            ({"any_of": [("owner", {"west"})]}, [("west", 1), ("west", 2)]),
            (
                {"any_of": [("owner", {"west"}), ("number", {10})]},
                [("east", 10), ("west", 1), ("west", 2)],
            ),
            ({"any_of": [("owner", {"east", "west"})], "limit": 1}, [("east", 1)]),
            ({"any_of": [("owner", set())]}, []),
            ({"any_of": []}, []),
            ({"where": {"state": "open"}, "any_of": [("owner", {"west"})]}, [("west", 2)]),
            ({"at_most": ("due", 20)}, [("east", 2), ("west", 2), ("east", 1)]),
            ({"at_most": ("due", 20), "limit": 1}, [("east", 2)]),
            ({"at_most": ("due", 9)}, []),
            ({"where": {"owner": "east"}, "at_most": ("due", 99)}, [("east", 2), ("east", 1)]),
            ({"limit": 2}, [("east", 1), ("east", 2)]),
            ({"limit": 0}, []),
        ],
    )
    def test_rows_are_found_by_what_is_asked(
        self, board: Store, question: dict[str, Any], found: list[tuple[str, int]]
    ) -> None:
        assert self.keys(board, **{"where": {}, **question}) == found

    def keys(self, store: Store, where: dict[str, Any], **question: Any) -> list[tuple[Any, ...]]:
        return [BOARD.key_of(each) for each in store.rows(BOARD, where, **question)]

    def test_a_column_that_there_is_not_is_an_error(self, board: Store) -> None:
        with pytest.raises(KeyError):
            board.rows(BOARD, {"colour": "red"})

    def test_a_row_is_found_by_its_whole_key(self, board: Store) -> None:
        assert board.row(BOARD, ("east", 2)) == row("east", 2, due=10)
        assert board.row(BOARD, ("north", 2)) is None

    def test_a_row_that_is_put_replaces_the_one_with_its_key_whole(self, board: Store) -> None:
        board.put(BOARD, [row("east", 2, state="shut", level=1.5), row("east", 3)])
        assert board.row(BOARD, ("east", 2)) == row("east", 2, state="shut", level=1.5)
        assert len(board.rows(BOARD, {})) == 6
        assert len(board.rows(BOARD, {}, at_most=("due", 10))) == 1

    def test_rows_are_removed_by_key_and_missing_ones_are_no_error(self, board: Store) -> None:
        board.remove(BOARD, [("east", 2), ("north", 1)])
        assert self.keys(board, {"owner": "east"}) == [("east", 1), ("east", 10)]

    def test_tables_of_one_shape_under_two_names_are_two_tables(self, board: Store) -> None:
        other = BOARD.named("board_2")
        board.make_tables([other])
        assert board.table_names() == ["board", "board_2"]
        assert board.rows(other, {}) == []
        board.put(other, [row("north", 1)])
        assert len(board.rows(BOARD, {})) == 5
        board.drop_tables(["board"])
        assert board.table_names() == ["board_2"]
        assert board.rows(other, {}) == [row("north", 1)]
