# SPDX-License-Identifier: Apache-2.0
"""Appending: the whole write path, beside a bare loop of the same bytes and beside a peer."""

import asyncio
import os
import sqlite3
import uuid
from pathlib import Path

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteAggregateRecorder, SQLiteDatastore

from bavn.journal.decision import Done, Request
from bavn.journal.journal import NoReserve
from bavn.runtime.writer import LoopWriter
from bench.journals import open_journal
from bench.measure import Contestant, compare, seconds
from bench.vocabulary import report

ONE_BY_ONE = 2_000
CONCURRENT = 64
EACH = 200
FULL = 2


def main() -> None:
    """Print what appending costs, one by one and with 64 at once."""
    raw = _stored_bytes()
    bare, library = _bare(raw, ONE_BY_ONE, 1), _library(raw, ONE_BY_ONE, 1)
    compare(
        f"Append one by one ({len(raw)} bytes a fact; decision, chain, signature, one view)",
        ("bavn", _one_by_one),
        [(bare, "0.5"), (library, "beside")],
    )
    total = CONCURRENT * EACH
    peers = [(_bare(raw, total, CONCURRENT), "0.3"), (_library(raw, total, CONCURRENT), "beside")]
    compare(
        f"Append by {CONCURRENT} concurrent writers, through the group writer",
        ("bavn, asyncio", lambda place: _concurrent(place, numbered=False)),
        peers,
    )
    compare(
        "The same with the sender's number of each request, which makes a repeat harmless",
        ("bavn, asyncio, numbered", lambda place: _concurrent(place, numbered=True)),
        peers[:1],
    )
    compare(
        f"Append in groups of {CONCURRENT}, without the hand-over between writers",
        ("bavn, groups", _groups),
        peers[:1],
    )


def _stored_bytes() -> bytes:
    journal = open_journal(None)
    journal.commit([report(1)])
    return journal.record.store.facts_after(0, 1)[0].raw


def _one_by_one(place: Path) -> float:
    journal = open_journal(place)
    requests = [report(number) for number in range(ONE_BY_ONE)]

    def run() -> None:
        for request in requests:
            assert isinstance(journal.commit([request])[0], Done)

    return ONE_BY_ONE / seconds(run)


def _groups(place: Path) -> float:
    journal = open_journal(place)
    requests = [report(number) for number in range(CONCURRENT * EACH)]

    def run() -> None:
        for first in range(0, len(requests), CONCURRENT):
            journal.commit(requests[first : first + CONCURRENT])

    return len(requests) / seconds(run)


def _concurrent(place: Path, *, numbered: bool) -> float:
    journal = open_journal(place)
    requests = [report(number, numbered=numbered) for number in range(CONCURRENT * EACH)]

    async def officer(writer: LoopWriter, mine: list[Request]) -> None:
        for request in mine:
            assert isinstance(await writer.write(request), Done)

    async def all_officers() -> None:
        writer = LoopWriter(journal, NoReserve())
        each = [requests[one::CONCURRENT] for one in range(CONCURRENT)]
        await asyncio.gather(*(officer(writer, mine) for mine in each))
        await writer.close()

    return len(requests) / seconds(lambda: asyncio.run(all_officers()))


def _bare(raw: bytes, count: int, group: int) -> Contestant:
    def run(place: Path) -> float:
        connection = sqlite3.connect(place / "bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE fact (position INTEGER PRIMARY KEY, raw BLOB)")

        def work() -> None:
            for _ in range(0, count, group):
                connection.execute("BEGIN IMMEDIATE")
                for _ in range(group):
                    connection.execute("INSERT INTO fact (raw) VALUES (?)", (raw,))
                connection.execute("COMMIT")

        return count / seconds(work)

    return (f"bare sqlite3, {group} a commit", run)


def _library(raw: bytes, count: int, group: int) -> Contestant:
    def run(place: Path) -> float:
        datastore = SQLiteDatastore(str(place / "library.db"))
        recorder = SQLiteAggregateRecorder(datastore)
        recorder.create_table()
        # It keeps SQLite's own default, a full flush for each commit; this is only to be sure.
        with datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == FULL
        events = [StoredEvent(uuid.UUID(bytes=os.urandom(16)), 1, "t", raw) for _ in range(count)]

        def work() -> None:
            for first in range(0, count, group):
                recorder.insert_events(events[first : first + group])

        return count / seconds(work)

    return (f"eventsourcing, {group} a commit", run)
