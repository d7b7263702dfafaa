# SPDX-License-Identifier: Apache-2.0
"""A real store whose writing fails when a test says so, and a small reserve for a full disk."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bavn.journal.store import EntryRow, FactRow
from bavn.journal.stores.sqlite import SqliteStore
from tests.lilleland.nodes import Node


class FaultyStore(SqliteStore):
    """Fails at the next writing of facts, of entries, or at the next commit."""

    faults: dict[str, Exception]

    def add_facts(self, rows: Sequence[FactRow]) -> None:
        self._fail("add_facts")
        super().add_facts(rows)

    def add_entries(self, rows: Sequence[EntryRow]) -> None:
        super().add_entries(rows)
        self._fail("add_entries")

    def commit(self) -> None:
        self._fail("commit")
        super().commit()

    def rollback(self) -> None:
        super().rollback()
        self._fail("rollback")

    def _fail(self, where: str) -> None:
        fault = self.faults.pop(where, None)
        if fault is not None:
            raise fault


def fail(node: Node, **faults: Exception) -> None:
    """Let a node's store fail once in each of these places."""
    if not isinstance(node.store, FaultyStore):
        store = FaultyStore(node.store.connection)
        node.store = node.journal.record.store = store
    node.store.faults = faults


@dataclass
class Disk:
    """A reserve in front of a disk: shares of it that can be given up, and what was asked."""

    shares: int = 2
    is_tight: bool = False
    released: list[int] = field(default_factory=list)
    refilled: int = 0

    def tight(self) -> bool:
        return self.is_tight

    def release(self) -> bool:
        if not self.shares:
            return False
        self.shares -= 1
        self.released.append(self.shares)
        return True

    def refill(self) -> None:
        self.refilled += 1


def copy_at_rest(folder: Path, to: Path) -> Path:
    """Give a fresh copy of a node's folder, in place of what was there."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
    return to
