# SPDX-License-Identifier: Apache-2.0
"""Proving the record: chains are walked, signatures checked, and what is derived compared.

`verify` writes nothing. Each fault is named with its place; a record without faults reads back,
byte for byte, what was told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

import msgspec

from bavn.journal.chain import genesis, head_is_signed, link
from bavn.journal.fact import ReadFact, Sealed, read_fact
from bavn.journal.kept import SEALED
from bavn.journal.kinds import TRUST_KIND_NAMES
from bavn.journal.pending import Pending
from bavn.journal.rebuild import Progress, in_silence
from bavn.journal.record import Channel, Record
from bavn.journal.store import AboutRow, ChainRow, FactRow, RefRow, Store
from bavn.journal.table import Key, Row, Table, Value
from bavn.journal.trust.standing import stored
from bavn.journal.vault import Gone, Vault
from bavn.kernel.audience import NATION
from bavn.kernel.identity import ID_BYTES, is_subject
from bavn.kernel.refusal import BadInput

ROWS_PER_TURN = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something in the record is not as it was told. Screens have words of their own by code."""

    where: str
    code: str
    says: str


def verify(
    record: Record, vault: Vault, progress: Progress = in_silence, *, views: bool = True
) -> Iterator[Fault]:
    """Every fault that the record has, as it is found.

    The order of the work is from the file to the views.
    """
    walk = _Walk(record, progress)
    stages = [
        (
            "file",
            (Fault(where="file", code="file", says=says) for says in record.store.integrity()),
        ),
        ("channels", walk.channels()),
        ("facts", walk.facts()),
        ("indexes", walk.indexes()),
        ("sealed", _sealed(record, vault, walk.sealed)),
        ("views", _views(record) if views else iter(())),
    ]
    for where, faults in stages:
        try:
            yield from faults
        except Exception as error:  # noqa: BLE001 - whatever damage makes us stumble is a fault
            yield Fault(
                where=where,
                code="unreadable",
                says=f"cannot be read: {type(error).__name__}: {error}",
            )


class _Sum:
    """A sum of hashes of rows: equal for equal rows, in whatever order they come."""

    def __init__(self) -> None:
        self.total = 0

    def add(self, row: tuple[object, ...]) -> None:
        digest = sha256(msgspec.json.encode(row)).digest()
        self.total = (self.total + int.from_bytes(digest)) % (1 << 256)


class _Walk:
    """One pass over all chains, which remembers what the rest of the proof needs."""

    def __init__(self, record: Record, progress: Progress) -> None:
        self._record = record
        self._progress = progress
        self._seen = bytearray(record.position + 1)
        self._walked = 0
        self._abouts = _Sum()
        self._refs = _Sum()
        self._trust = _Sum()
        self.sealed: dict[str, str] = {}

    def channels(self) -> Iterator[Fault]:
        """Walk all chains."""
        for channel in sorted(self._record.channels.values(), key=lambda each: each.name):
            yield from self.channel(channel)

    def channel(self, channel: Channel) -> Iterator[Fault]:
        """Walk one chain from its beginning, checking numbers, hashes and signatures."""
        where, previous, sequence = channel.name.text(), self._genesis(channel), 0
        row: ChainRow | None = None
        for row in self._rows(channel):
            if row.sequence != sequence + 1:
                yield Fault(where=where, code="number_missing", says=f"{sequence + 1} is missing")
            sequence = row.sequence
            previous = link(previous, sequence, row.raw)
            place = f"{where} {sequence}"
            if previous != row.hash:
                yield Fault(
                    where=place,
                    code="hash",
                    says="the hash is not that of the fact and what precedes",
                )
                previous = row.hash
            if row.signature is not None and not self._is_signed(channel, row):
                yield Fault(
                    where=place,
                    code="signature",
                    says="the signature under the head is not the node's",
                )
            self._note(channel, row)
        if row is not None and row.signature is None:
            yield Fault(
                where=f"{where} {sequence}",
                code="head_unsigned",
                says="the last head is not signed",
            )

    def _genesis(self, channel: Channel) -> bytes:
        return genesis(self._record.identity.world, channel.name)

    def _rows(self, channel: Channel) -> Iterator[ChainRow]:
        after = 0
        while rows := self._record.store.chain(channel.key, after + 1, ROWS_PER_TURN):
            yield from rows
            after = rows[-1].sequence
            self._walked += len(rows)
            self._progress(self._walked, self._record.position)

    def _is_signed(self, channel: Channel, row: ChainRow) -> bool:
        record, name = self._record, channel.name
        key = record.roster.key_of(name.node, name.incarnation)
        if key is None and name.node == record.identity.node:
            key = record.identity.key.verify_key.encode()
        return key is not None and head_is_signed(
            key,
            row.signature or b"",
            world=record.identity.world,
            channel=name,
            sequence=row.sequence,
            head=row.hash,
        )

    def _note(self, channel: Channel, row: ChainRow) -> None:
        first = 0 < row.position < len(self._seen) and not self._seen[row.position]
        if 0 < row.position < len(self._seen):
            self._seen[row.position] = 1
        read = _read_of(row.raw)
        if read is None or read.id != row.id:
            return
        fact, stamp = read.fact, read.stamp
        if fact.kind in TRUST_KIND_NAMES and channel.name.audience == NATION:
            self._trust.add((channel.key, row.sequence, row.position))
        if all(map(is_subject, fact.about)):
            for subject in fact.about:
                self._abouts.add(AboutRow(fact.owner, subject, stamp, channel.key, row.position))
        if first and fact.sender is not None:
            sender = fact.sender
            self._refs.add(
                RefRow(fact.owner, sender.sender, sender.ref, row.position, sender.digest)
            )
        if first and channel.name.node == self._record.identity.node:
            self.sealed.update(_sealed_in(row.raw))

    def facts(self) -> Iterator[Fault]:
        """Every fact stands in a chain, under the id that its bytes say."""
        position = 0
        while rows := self._record.store.facts_after(position, ROWS_PER_TURN):
            for row in rows:
                yield from self._fact(row, position)
                position = row.position
        if position != self._record.position:
            yield Fault(where=f"fact {self._record.position}", code="fact_missing", says="missing")

    def _fact(self, row: FactRow, before: int) -> Iterator[Fault]:
        where = f"fact {row.position}"
        if row.position != before + 1:
            yield Fault(where=where, code="fact_missing", says=f"{before + 1} is missing")
        if not self._seen[row.position]:
            yield Fault(where=where, code="no_channel", says="stands in no channel")
        read = _read_of(row.raw)
        stand_in = sha256(row.raw).digest()[:ID_BYTES]
        if row.id != stand_in and (read is None or read.id != row.id):
            yield Fault(where=where, code="other_id", says="is kept under another id than its own")

    def indexes(self) -> Iterator[Fault]:
        """What facts are about, and which requests they came of, is indexed as the facts say."""
        for where, expected, rows in (
            ("about", self._abouts, self._record.store.all_abouts()),
            ("ref", self._refs, self._record.store.all_refs()),
        ):
            held = _Sum()
            for row in rows:
                held.add(row)
            if held.total != expected.total:
                yield _index_differs(where)
        places = _Sum()
        for place in stored(self._record.store):
            places.add((place["channel"], place["sequence"], place["position"]))
        if places.total != self._trust.total:
            yield _index_differs("trust")


def _index_differs(which: str) -> Fault:
    says = "the index does not agree with the facts: run `bavn rebuild`"
    return Fault(where=f"index {which}", code="index", says=says)


def _read_of(raw: bytes) -> ReadFact | None:
    try:
        return read_fact(raw)
    except BadInput:
        return None


def _sealed_in(raw: bytes) -> Iterator[tuple[str, str]]:
    """The hash and the key of each sealed text that a fact refers to."""
    if b'"sealed":"' not in raw:
        return
    body = msgspec.json.decode(raw)["body"]
    found = [value for value in body.values() if isinstance(value, dict) and "sealed" in value]
    yield from ((value["sealed"], value["key"]) for value in found)


def _sealed(record: Record, vault: Vault, told: Mapping[str, str]) -> Iterator[Fault]:
    """Every sealed text that this node told of is there, and opens unless its key was erased."""
    missing = dict(told)
    for row in record.store.rows(SEALED, {}):
        sealed, key = str(row["sealed"]), str(row["key"])
        where = f"sealed {sealed[:16]}"
        if missing.pop(sealed, None) != key:
            yield Fault(
                where=where, code="text_unreferenced", says="no fact refers to it under this key"
            )
            continue
        opened = vault.open(row, Sealed(sealed=sealed, key=key))
        if opened is Gone.DAMAGED:
            yield Fault(
                where=where, code="text_damaged", says="the ciphertext or its key is damaged"
            )
        elif opened is Gone.NOT_HERE:
            yield Fault(
                where=where,
                code="key_missing",
                says=f"the key {key} is not here and was not erased",
            )
    for sealed in missing:
        yield Fault(where=f"sealed {sealed[:16]}", code="text_missing", says="missing")


class _NoRows:
    """A store without rows: what a fold starts from."""

    def row(self, _table: Table, _key: Key) -> Row | None:
        return None

    def rows(self, _table: Table, _where: Mapping[str, Value]) -> list[Row]:
        return []


def _views(record: Record) -> Iterator[Fault]:
    """Every view holds exactly what its facts come to."""
    if not record.views_are_current:
        yield Fault(
            where="views",
            code="views_stale",
            says="made by another version of the program: run `bavn rebuild`",
        )
        return
    expected, held = _Sum(), _Sum()
    last = ("", "")
    while subjects := record.store.subjects_after(*last, ROWS_PER_TURN):
        for owner, subject in subjects:
            folded = Pending(cast("Store", _NoRows()), 1)  # a fold only reads rows
            history = record.hearings(record.store.history(owner, subject))
            record.views.fold_history(folded, owner, subject, history, hosted=record.hosts(owner))
            for view, row in record.views.rows(folded):
                # A truth value is kept as a number.
                values = [int(each) if isinstance(each, bool) else each for each in row.values()]
                expected.add((view.name, *values))
        last = subjects[-1]
    for view in record.views.all:
        for row in record.store.rows(record.views.table_of(view), {}):
            held.add((view.name, *row.values()))
    if expected.total != held.total:
        yield Fault(
            where="views",
            code="views_differ",
            says="do not agree with the facts: run `bavn rebuild`",
        )
