# SPDX-License-Identifier: Apache-2.0
"""Rebuilding the views beside the old ones, and swapping.

The new generation is folded subject by subject from the facts, in transactions of bounded size,
while the old one goes on being read and written. Subjects that change meanwhile are folded again;
the last of them in the transaction that swaps. A rebuild that is cut off leaves the old generation
in use, and the next one starts over. Reactions see nothing of it.
"""

from collections.abc import Callable, Iterator

from bavn.journal.fact import read_fact
from bavn.journal.kept import KEPT, META, SET_ASIDE, TRUST
from bavn.journal.kinds import TRUST_KIND_NAMES
from bavn.journal.pending import Pending
from bavn.journal.record import ASIDE_FOR_NOW, Channel, Record, Transaction
from bavn.journal.store import AboutRow, ChainRow, RefRow
from bavn.journal.table import Row
from bavn.journal.views import Views
from bavn.kernel.audience import NATION
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
    try:
        building.make()
        yield from building.first_pass(progress)
        while not building.caught_up():
            yield building.catch_up()
        building.swap()
    finally:
        record.touched = None
    yield building.folded


def reindex(record: Record) -> None:
    """Tell the indexes anew from facts and chains.

    What facts are about, and which requests they came of.
    """
    store = record.store
    with record.transaction() as pending:
        store.clear_indexes()
        for stale in store.rows(TRUST, {}):
            pending.remove(TRUST, TRUST.key_of(stale))
        told = bytearray(record.position + 1)
        for channel in record.channels.values():
            after = 0
            while rows := store.chain(channel.key, after + 1, FACTS_PER_TURN):
                for row in rows:
                    _index(pending, row, channel, told)
                after = rows[-1].sequence
                pending.flush()


def _index(pending: Pending, row: ChainRow, channel: Channel, told: bytearray) -> None:
    try:
        read = read_fact(row.raw)
    except BadInput:
        return
    if read.id != row.id:
        return  # a contradiction or a misplaced fact, which counts for nothing
    fact, stamp = read.fact, read.stamp
    for subject in fact.about:
        pending.add_about(AboutRow(fact.owner, subject, stamp, channel.key, row.position))
    if fact.kind in TRUST_KIND_NAMES and channel.name.audience == NATION:
        place: Row = {"channel": channel.key, "sequence": row.sequence, "position": row.position}
        pending.put(TRUST, place)
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
        self._aside: dict[int, str] = {}
        self.folded = 0

    def make(self) -> None:
        """Make the new tables; those of a rebuild that was cut off go first."""
        record, in_use = self._record, self._record.views.tables.values()
        names = set(record.store.table_names()) - {table.name for table in (*in_use, *KEPT)}
        with record.transaction():
            record.store.drop_tables(sorted(names))
            record.store.make_tables(list(self._views.tables.values()))
        record.touched = set()

    def first_pass(self, progress: Progress) -> Iterator[int]:
        """Fold every subject that there is."""
        last = ("", "")
        while subjects := self._record.store.subjects_after(*last, SUBJECTS_PER_TURN):
            with self._record.transaction() as pending:
                self._fold(pending, subjects, fresh=True)
            last = subjects[-1]
            progress(self.folded, self._record.position)
            yield self.folded

    def caught_up(self) -> bool:
        """True when so little is new that it can be folded while swapping."""
        return len(self._record.touched or ()) < SUBJECTS_PER_TURN

    def catch_up(self) -> int:
        """Fold again what was told since."""
        with self._record.transaction() as pending:
            self._fold_touched(pending)
        return self.folded

    def _fold_touched(self, pending: Transaction) -> None:
        touched, self._record.touched = self._record.touched or set(), set()
        self._fold(pending, sorted(touched), fresh=False)

    def _fold(self, pending: Transaction, subjects: list[tuple[str, str]], *, fresh: bool) -> None:
        record = self._record
        for owner, subject in subjects:
            history = record.hearings(record.store.history(owner, subject), aside=self._aside)
            fold = self._views.fold_history if fresh else self._views.refold
            fold(pending, owner, subject, history, hosted=record.hosts(owner))
        self.folded += len(subjects)

    def swap(self) -> None:
        """Fold the last changes, list what is set aside, and take the new generation into use."""
        record, old = self._record, self._record.views
        with record.transaction() as pending:
            self._fold_touched(pending)
            self._list_set_aside(pending)
            generation = str(self._views.generation)
            pending.put(META, {"name": "generation", "value": generation})
            pending.put(META, {"name": "fingerprint", "value": record.fingerprint})
            names = {table.name for table in old.tables.values()}
            record.store.drop_tables(sorted(names & set(record.store.table_names())))
        record.views = self._views

    def _list_set_aside(self, pending: Pending) -> None:
        """What is set aside for what this program and roster are, as they are now."""
        for row in self._record.store.rows(SET_ASIDE, {}):
            if row["sort"] in ASIDE_FOR_NOW:
                pending.remove(SET_ASIDE, SET_ASIDE.key_of(row))
        for position, reason in self._aside.items():
            self._record.set_aside(pending, position, reason)
