# SPDX-License-Identifier: Apache-2.0
"""Rebuilding the views beside the old ones, and swapping.

The new generation is folded subject by subject from the facts, in transactions of bounded size,
while the old one goes on being read and written. Subjects that change meanwhile are folded again;
the last of them in the transaction that swaps. A rebuild that is cut off leaves the old generation
in use, and the next one starts over. Reactions see nothing of it.
"""

from collections.abc import Callable, Iterable, Iterator

from bavn.journal.fact import decode_fact, stamp_of
from bavn.journal.kept import META, SET_ASIDE
from bavn.journal.pending import Pending
from bavn.journal.record import Record
from bavn.journal.store import AboutRow, ChainRow, RefRow
from bavn.journal.views import Views
from bavn.kernel.identity import id_bytes
from bavn.kernel.refusal import BadInput

# Subjects folded in one transaction: some thousand facts, some milliseconds in which nobody else
# writes.
SUBJECTS_PER_TURN = 512
# Facts looked at in one turn while catching up.
FACTS_PER_TURN = 2_048

Progress = Callable[[int, int], None]


def in_silence(_done: int, _of: int) -> None:
    """Progress that nobody watches."""


def rebuild(record: Record, progress: Progress = in_silence) -> int:
    """Rebuild all views and swap; the number of subjects folded.

    `progress` hears of facts done, of all.
    """
    *_, folded = rebuilding(record, progress)
    return folded


def rebuilding(record: Record, progress: Progress) -> Iterator[int]:
    """The same, stepwise: between two steps the record may be written to."""
    building = _Building(record)
    building.clear_leftovers()
    building.make()
    yield from building.first_pass(progress)
    while not building.caught_up():
        yield building.catch_up()
    building.swap()
    yield building.folded


def reindex(record: Record) -> None:
    """Tell the indexes anew from facts and chains.

    What facts are about, and which requests they came of.
    """
    store = record.store
    with record.transaction() as pending:
        store.clear_indexes()
        told = bytearray(record.position + 1)
        for channel in record.channels.values():
            after = 0
            while rows := store.chain(channel.key, after + 1, FACTS_PER_TURN):
                for row in rows:
                    _index(pending, row, channel.key, told)
                after = rows[-1].sequence
                pending.flush()


def _index(pending: Pending, row: ChainRow, channel: int, told: bytearray) -> None:
    try:
        fact = decode_fact(row.raw)
    except BadInput:
        return
    if id_bytes(fact.id) != row.id:
        return  # a contradiction or a misplaced fact, which counts for nothing
    stamp = stamp_of(fact)
    for subject in fact.about:
        pending.add_about(AboutRow(fact.owner, subject, stamp, channel, row.position))
    if fact.sender is not None and not told[row.position]:
        sender = fact.sender
        pending.add_ref(RefRow(fact.owner, sender.sender, sender.ref, row.position, sender.digest))
        told[row.position] = 1


class _Building:
    def __init__(self, record: Record) -> None:
        self._record = record
        self._views = Views(
            record.catalogue.views, record.catalogue.kinds, record.views.generation + 1
        )
        self._seen = record.position
        self.folded = 0

    def clear_leftovers(self) -> None:
        """Drop the tables of a rebuild that was cut off, and of generations that nobody uses."""
        in_use = {table.name for table in self._record.views.tables.values()}
        names = [
            name
            for name in self._record.store.table_names()
            if name.rpartition("_")[2].isdigit() and name not in in_use
        ]
        with self._record.transaction():
            self._record.store.drop_tables(names)

    def make(self) -> None:
        with self._record.transaction():
            self._record.store.make_tables(list(self._views.tables.values()))

    def first_pass(self, progress: Progress) -> Iterator[int]:
        """Fold every subject that there is."""
        store, last = self._record.store, ("", "")
        while subjects := store.subjects_after(*last, SUBJECTS_PER_TURN):
            self.folded += self._fold(subjects, fresh=True)
            last = subjects[-1]
            progress(self.folded, self._seen)
            yield self.folded

    def caught_up(self) -> bool:
        """True when so few facts are new that they can be folded while swapping."""
        return self._record.position - self._seen < FACTS_PER_TURN

    def catch_up(self) -> int:
        """Fold again what was told since, a turn's worth."""
        subjects, self._seen = self._changed_since(self._seen)
        self.folded += self._fold(subjects, fresh=False)
        return self.folded

    def _changed_since(self, position: int) -> tuple[list[tuple[str, str]], int]:
        subjects: dict[tuple[str, str], None] = {}
        for row in self._record.store.facts_after(position, FACTS_PER_TURN):
            position = row.position
            try:
                fact = decode_fact(row.raw)
            except BadInput:
                continue
            subjects.update(dict.fromkeys((str(fact.owner), str(each)) for each in fact.about))
        return list(subjects), position

    def _fold(self, subjects: Iterable[tuple[str, str]], *, fresh: bool) -> int:
        with self._record.transaction() as pending:
            return self._fold_into(pending, subjects, fresh=fresh)

    def _fold_into(
        self, pending: Pending, subjects: Iterable[tuple[str, str]], *, fresh: bool
    ) -> int:
        record = self._record
        subjects = list(subjects)
        for owner, subject in subjects:
            history = record.hearings(record.store.history(owner, subject))
            hosted = record.hosts(owner)
            if fresh:
                self._views.fold_history(pending, subject, history, hosted=hosted)
            else:
                self._views.refold(pending, owner, subject, history, hosted=hosted)
        return len(subjects)

    def swap(self) -> None:
        """Fold the last changes and what was set aside, and take the new generation into use."""
        record, old = self._record, self._record.views
        with record.transaction() as pending:
            subjects, _ = self._changed_since(self._seen)
            self.folded += self._fold_into(pending, subjects, fresh=False)
            self._reread_set_aside(pending)
            generation = str(self._views.generation)
            pending.put(META, {"name": "generation", "value": generation})
            pending.put(META, {"name": "fingerprint", "value": record.catalogue.fingerprint})
            record.store.drop_tables([table.name for table in old.tables.values()])
        record.views = self._views

    def _reread_set_aside(self, pending: Pending) -> None:
        record = self._record
        for row in record.store.rows(SET_ASIDE, {}):
            position = row["position"]
            assert isinstance(position, int)
            try:
                fact = decode_fact(pending.fact_at(position).raw)
            except BadInput:
                continue
            body = record.read(fact)
            misplaced = row["sort"] in {"misplaced", "contradiction"}
            if misplaced:
                continue
            if isinstance(body, str):
                record.set_aside(pending, position, body)
            else:
                pending.remove(SET_ASIDE, (position,))
