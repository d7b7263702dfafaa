# SPDX-License-Identifier: Apache-2.0
"""Planted bugs of the disk, the write path, the vault and the reactions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import apsw
import pytest

from bavn.journal import opening as record_opening
from bavn.journal import react, telling, vault, write
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.journal import Journal
from bavn.journal.kept import META
from bavn.journal.pending import Pending
from bavn.journal.record import Record, Transaction
from bavn.journal.store import StoreFull
from bavn.journal.stores.sqlite import SqliteStore, opening
from bavn.kernel.identity import FactId
from bavn.kernel.refusal import Refused
from bavn.runtime.erasures import ListedKeys
from bavn.runtime.vault_keys import FileKeys
from tests.storm.planting import Bed
from tests.storm.secrets_kept import ASTRAY
from tests.storm.watch import NO_FORK, NUMBERS, ONCE, TWICE

# The storms over the small country see these sooner.
WRITING = Bed(step=2)
bug = WRITING.bug

DONE = "done means on disk"
ERASED = "erased is erased"
READABLE = "texts can be read until they are erased"
SAME = "who may hear the same has the same"
VERIFY = "verify finds no fault"
REPEATS = "repeats are told apart"


# The disk


@bug("The store says PRAGMA synchronous=OFF: a commit is not flushed.", DONE)
def skip_fsync(patch: pytest.MonkeyPatch) -> None:
    settle = opening._settle

    def settled(connection: apsw.Connection, **how: bool) -> None:
        settle(connection, **how)
        connection.pragma("synchronous", "OFF")

    patch.setattr(opening, "_settle", settled)


@bug("A commit is answered before it is made: the next transaction makes it.", DONE)
def answer_before_commit(patch: pytest.MonkeyPatch) -> None:
    begin, commit = SqliteStore.begin, SqliteStore.commit

    def late(store: SqliteStore) -> None:
        if store.connection.in_transaction:
            commit(store)
        begin(store)

    patch.setattr(SqliteStore, "begin", late)
    patch.setattr(SqliteStore, "commit", lambda _store: None)


@bug("A group that did not fit on the disk is answered with done.", DONE, first=8)
def full_disk_is_done(patch: pytest.MonkeyPatch) -> None:
    commit = write.Writer.commit

    def committed(writer: write.Writer, requests: Sequence[Request], *rest: Any) -> list[Outcome]:
        try:
            return commit(writer, requests, *rest)
        except StoreFull:
            return [Done((FactId("01a2ce8b-d65d-7e8d-a111-e69034f1a62e"),)) for _ in requests]

    patch.setattr(write.Writer, "commit", committed)


@bug(
    "On a full disk an alarm is refused like everything else; the reserve is not used.",
    "alarms are taken",
)
def full_disk_drops_alarms(patch: pytest.MonkeyPatch) -> None:
    def refused(_journal: Journal, alarms: Sequence[Request], _now: datetime) -> list[Outcome]:
        return [Refused(code="disk_full", says="No.", try_instead="Wait.") for _ in alarms]

    patch.setattr(Journal, "_commit_alarms", refused)


# The write path


@bug("A numbered request is carried out as often as it is sent.", REPEATS, TWICE)
def no_repeats_known(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(write.Writer, "_repeat", lambda *_: None)


@bug("A repeat with other content is answered as if it were the same.", REPEATS)
def changed_repeat_is_done(patch: pytest.MonkeyPatch) -> None:
    answer = write.Writer._answer

    def answered(writer: write.Writer, pending: Transaction, *rest: Any) -> Outcome:
        outcome = answer(writer, pending, *rest)
        if isinstance(outcome, Refused) and outcome.code == "repeat_differs":
            return Done(tuple(map(FactId, outcome.values["facts"].split())), repeated=True)
        return outcome

    patch.setattr(write.Writer, "_answer", answered)


@bug(
    "A refused request takes those after it in its group along: they are answered, not written.",
    DONE,
)
def group_lost_after_refusal(patch: pytest.MonkeyPatch) -> None:
    undo, flush = Pending.undo_to, Pending.flush
    refused = set[int]()

    def undone(pending: Pending, mark: Any) -> None:
        undo(pending, mark)
        refused.add(id(pending))

    def flushed(pending: Pending) -> None:
        if id(pending) in refused:
            refused.discard(id(pending))
            pending.facts, pending.entries, pending.abouts, pending.refs = [], [], [], []
        flush(pending)

    patch.setattr(Pending, "undo_to", undone)
    patch.setattr(Pending, "flush", flushed)


@bug(
    "After a restore the node goes on in the old incarnation and uses numbers twice.",
    NUMBERS,
    NO_FORK,
    first=4,
)
def number_used_twice(patch: pytest.MonkeyPatch) -> None:
    def begun(record: Record, _at_ms: int, _chance: bytes, **_: Any) -> int:
        with record.transaction() as pending:
            pending.put(META, {"name": "reactions_held", "value": "1"})
        return record.incarnation

    patch.setattr(Record, "begin_incarnation", begun)


@bug(
    "A node that starts does not look how far its own clock had come.",
    "a node's clock only rises",
    SAME,
    VERIFY,
)
def clock_starts_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(record_opening, "_load_clock", lambda _record: None)


# The vault


@bug("A private text is stored as it is.", ASTRAY)
def text_in_clear(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(vault, "encrypt", lambda plain, *_: plain)
    patch.setattr(vault, "decrypt", lambda stored, *_: stored)


@bug(
    "A key is on disk only some time after what it sealed.",
    VERIFY,
    "texts can be read until they are erased",
)
def key_after_text(patch: pytest.MonkeyPatch) -> None:
    flush = FileKeys.flush

    def late(keys: FileKeys) -> None:
        if len(keys._made) > 1 or "repeat key" in keys._made:
            flush(keys)

    patch.setattr(FileKeys, "flush", late)


@bug("An erasure is noted, and the key kept.", ERASED)
def erased_key_is_kept(patch: pytest.MonkeyPatch) -> None:
    def erase(keys: FileKeys, name: str) -> None:
        keys._made.pop(name, None)
        keys._known.pop(name, None)
        keys._write("INSERT OR IGNORE INTO erased VALUES (?)", [(name,)])

    patch.setattr(FileKeys, "erase", erase)


@bug("A restored backup brings back the keys that were erased since.", ERASED, first=14)
def restore_brings_keys_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ListedKeys, "erase_listed", lambda _keys: 0)


# Reactions


@bug("How far reactions have come is kept in memory only, and what they ask bears no number.", ONCE)
def cursor_not_kept(patch: pytest.MonkeyPatch) -> None:
    put = Transaction.put

    def kept(pending: Transaction, table: Any, row: Any) -> None:
        if row.get("name") != "reactions_cursor":
            put(pending, table, row)

    patch.setattr(Transaction, "put", kept)
    _unnumbered(patch)


@bug(
    "How far reactions have come is written after what they did, and they bear no number.",
    ONCE,
    first=6,
)
def cursor_kept_later(patch: pytest.MonkeyPatch) -> None:
    commit = write.Writer.commit

    def in_two(
        writer: write.Writer, requests: Sequence[Request], now: datetime, also: Any = None
    ) -> list[Outcome]:
        outcomes = commit(writer, requests, now)
        if also is not None:
            with writer._record.transaction() as pending:
                also(pending, outcomes)
        return outcomes

    patch.setattr(write.Writer, "commit", in_two)
    _unnumbered(patch)


@bug(
    "After a rebuild the reactions look at everything again, under new numbers.",
    "rebuild starts nothing",
    ONCE,
)
def rebuild_starts_reactions(patch: pytest.MonkeyPatch) -> None:
    rebuild = Journal.rebuild

    def rebuilt(journal: Journal, *rest: Any) -> int:
        folded = rebuild(journal, *rest)
        journal.reactor._cursor = 0
        return folded

    patch.setattr(Journal, "rebuild", rebuilt)
    _unnumbered(patch)


@bug(
    "After a restore the reactions act at once, before the node has heard what it did before.",
    ONCE,
    first=4,
)
def restored_acts_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(react.Reactor, "held", False)


def _unnumbered(patch: pytest.MonkeyPatch) -> None:
    request = react._request

    def unnumbered(*what: Any) -> Request:
        made = request(*what)
        return Request(owner=made.owner, actor=made.actor, content=made.content)

    patch.setattr(react, "_request", unnumbered)


# Bugs that were there: the storm found them, and must go on finding them


@bug(
    "An erased key's bytes stay in the log of the keys when the power went after the erasure.",
    ERASED,
    first=6,
)
def log_of_keys_is_kept(patch: pytest.MonkeyPatch) -> None:
    erase = FileKeys.erase

    def erased(keys: FileKeys, name: str) -> None:
        if not keys.is_erased(name) or keys.key(name) is not None:
            erase(keys, name)

    patch.setattr(FileKeys, "erase", erased)
    patch.setattr(FileKeys, "_empty_log", lambda _keys: None)


@bug("A text is sealed under a key that is about to be destroyed.", READABLE)
def text_under_erased_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(telling.Telling, "_key_is_gone", lambda *_: None)


@bug("A second restore of one backup begins the incarnation that the first one began.", NUMBERS)
def restores_share_an_incarnation(patch: pytest.MonkeyPatch) -> None:
    begin = Record.begin_incarnation

    def begun(record: Record, _at_ms: int, _chance: bytes, **_: Any) -> int:
        return begin(record, 0, b"")

    patch.setattr(Record, "begin_incarnation", begun)
