# SPDX-License-Identifier: Apache-2.0
"""Every store keeps the contract. A new store is one line in `STORES`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from bavn.journal.store import StoreBroken
from bavn.journal.stores.sqlite import SqliteStore, open_store
from tests.contract.store_contract import OpenStore, StoreContract, fact


def same_again(store: SqliteStore) -> OpenStore:
    """Give a store that is as durable as its process: opened again, it is itself."""
    return lambda: store


# How a store is opened, and opened again; given a folder of its own.
STORES: dict[str, Callable[[Path], OpenStore]] = {
    "sqlite in a file": lambda folder: lambda: open_store(str(folder / "journal.db")),
    "sqlite in memory": lambda _folder: same_again(open_store(":memory:")),
}


@pytest.mark.contract
class TestStores(StoreContract):
    """Each of `STORES` under the whole contract."""

    @pytest.fixture(params=STORES)
    def open_store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
        opened = []
        opens = STORES[request.param](tmp_path)

        def opener() -> object:
            opened.append(opens())
            return opened[-1]

        yield opener
        for store in opened:
            store.close()


# What is SQLite's own


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    other = apsw.Connection(path)
    other.execute("CREATE TABLE shopping (item TEXT)")
    other.close()
    with pytest.raises(StoreBroken, match="not a journal"):
        open_store(path)


def test_a_file_of_another_schema_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    store = open_store(path)
    store.connection.pragma("user_version", 999)
    store.close()
    with pytest.raises(StoreBroken, match="schema 999"):
        open_store(path)


@pytest.mark.parametrize("raw", [b"x" * 8192, b"SQLite format 3\0" + b"\0" * 8192])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "journal.db").write_bytes(raw)
    with pytest.raises(StoreBroken):
        open_store(str(tmp_path / "journal.db"))


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreBroken):
        open_store(str(tmp_path / "no" / "journal.db"))


def test_a_store_opened_for_reading_reads_and_does_not_write(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.db")
    writer = open_store(path)
    writer.begin()
    writer.add_facts([fact(1)])
    writer.commit()
    reader = open_store(path, read_only=True)
    assert reader.facts_after(0, 10) == [fact(1)]
    reader.begin()
    with pytest.raises(StoreBroken, match="ReadOnly"):
        reader.add_facts([fact(2)])
    reader.close()
    writer.close()


def test_commits_are_flushed_to_the_disk(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "journal.db"))
    assert isinstance(store, SqliteStore)
    assert store.connection.pragma("journal_mode") == "wal"
    assert store.connection.pragma("synchronous") == 2
    store.close()


def test_a_damaged_page_is_found_by_the_stores_own_check(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store = open_store(str(path))
    store.begin()
    store.add_facts([fact(number, b"x" * 1_000) for number in range(1, 50)])
    store.commit()
    assert store.integrity() == []
    store.close()
    raw = bytearray(path.read_bytes())
    page = 4096 * 8
    raw[page : page + 100] = b"\xff" * 100
    path.write_bytes(raw)
    damaged = open_store(str(path))
    assert damaged.integrity() != []
    damaged.close()
