# SPDX-License-Identifier: Apache-2.0
"""Taking in a run of entries that has proved itself: kept, indexed, and applied where it counts.

Whatever a node has signed is kept and passed on. What cannot be read, is told in the wrong place or
against what was told before stands in no view, and a person is told why.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import count, repeat
from typing import NamedTuple

from bavn.journal.chain import ChannelName
from bavn.journal.fact import SUBJECTS_LIMIT, ReadFact, read_fact
from bavn.journal.kept import ARRIVED, TRUST
from bavn.journal.kinds import TRUST_KIND_NAMES, VAULT_KIND_NAMES, Struck
from bavn.journal.record import MS_PER_S, Record, Transaction, begun_s
from bavn.journal.sharing import FactHanded
from bavn.journal.store import AboutRow, EntryRow, FactRow, RefRow
from bavn.journal.table import Row
from bavn.journal.views import Heard
from bavn.kernel.audience import NATION
from bavn.kernel.identity import ID_BYTES, is_subject
from bavn.kernel.refusal import BadInput


class Run(NamedTuple):
    """Facts that follow a channel's head, each one's hash, and the signature under the last."""

    first: int
    facts: Sequence[bytes]
    hashes: Sequence[bytes]
    signature: bytes


class Intake:
    """Takes runs of one channel into one transaction."""

    def __init__(
        self, record: Record, pending: Transaction, name: ChannelName, now_ms: int
    ) -> None:
        self._record = record
        self._pending = pending
        self._name = name
        self._now_ms = now_ms
        self._place = (record.identity.world, name.node, name.incarnation)
        self._to_refold: dict[tuple[str, str], None] = {}
        self._hosted: dict[str, bool] = {}
        # An incarnation's number is the instant of the restore that began it. What an earlier one
        # tells after that comes from a copy that should not be running.
        later = (
            begun_s(each.incarnation) * MS_PER_S
            for each in record.channels
            if each.node == name.node and each.incarnation > name.incarnation
        )
        self._closed_at_ms = min(later, default=None)

    def take(self, channel: int, run: Run) -> None:
        """Keep the run's entries in the channel with this key, and what they tell."""
        read = [self._read(raw) for raw in run.facts]
        self._look_up(read)
        positions = [
            self._keep(channel, run.first + index, raw, what)
            for index, (raw, what) in enumerate(zip(run.facts, read, strict=True))
        ]
        signatures = [None] * (len(read) - 1) + [run.signature]
        self._pending.entries += map(
            EntryRow, repeat(channel), count(run.first), positions, run.hashes, signatures
        )

    def refold(self) -> None:
        """Make anew the rows of every subject of which something was heard late or struck."""
        for owner, subject in self._to_refold:
            self._record.refold(self._pending, owner, subject)

    def _read(self, raw: bytes) -> ReadFact | str:
        """The fact, or why it cannot be a fact of this channel."""
        try:
            read = read_fact(raw)
        except BadInput as problem:
            return f"unreadable: {problem}"
        fact, subjects = read.fact, read.fact.about
        if (fact.world, fact.node, fact.incarnation) != self._place:
            return "misplaced: world, node or incarnation is not the channel's"
        # Most are about one thing.
        if len(subjects) == 1 and is_subject(subjects[0]):
            return read
        well_formed = 1 <= len(subjects) <= SUBJECTS_LIMIT and all(map(is_subject, subjects))
        if not well_formed or len(set(subjects)) != len(subjects):
            return "unreadable: what it is about is no list of different subjects"
        return read

    def _look_up(self, read: Sequence[ReadFact | str]) -> None:
        facts = [each for each in read if not isinstance(each, str)]
        self._pending.look_up_facts([each.id for each in facts])
        subjects = {(each.fact.owner, subject) for each in facts for subject in each.fact.about}
        self._pending.look_up_newest(sorted(subjects))

    def _keep(self, channel: int, sequence: int, raw: bytes, read: ReadFact | str) -> int:
        """The position of the fact, kept now or before."""
        if not isinstance(read, str):
            known = self._told_by_this_node(read.id)
            wrong = "" if known is None else self._disagrees(channel, raw, read, known)
            if not wrong:
                position = known.position if known is not None else self._add(read.id, raw)
                self._index(channel, read, position, new=known is None)
                if read.fact.kind in TRUST_KIND_NAMES and self._name.audience == NATION:
                    row: Row = {"channel": channel, "sequence": sequence, "position": position}
                    self._pending.put(TRUST, row)
                return position
            read = wrong
        # An id for bytes that are no fact of their channel, so that they can be passed on.
        stand_in = sha256(raw).digest()[:ID_BYTES]
        same = [row for row in self._pending.facts_with(stand_in) if row.raw == raw]
        position = same[0].position if same else self._add(stand_in, raw)
        self._record.set_aside(self._pending, position, read)
        return position

    def _told_by_this_node(self, fact_id: bytes) -> FactRow | None:
        """The fact with this id of the channel's node.

        Another node's fact with the same id is another fact: nobody can keep a fact from being
        heard by telling something under its id first.
        """
        for row in self._pending.facts_with(fact_id):
            if _teller_of(row) == self._name.node:
                return row
        return None

    def _add(self, fact_id: bytes, raw: bytes) -> int:
        position = self._pending.next_position
        self._pending.next_position = position + 1
        self._pending.add_fact(FactRow(position, fact_id, raw, self._now_ms))
        return position

    def _disagrees(self, channel: int, raw: bytes, read: ReadFact, known: FactRow) -> str:
        """Why a fact that is known already cannot be told like this; empty when it can."""
        fact = read.fact
        if known.raw != raw:
            self._note("contradiction", f"{fact.id} was told with two contents", fact.id, raw)
            return f"contradiction: {fact.id} was told with other content"
        history = self._pending.history(fact.owner, fact.about[0])
        if any(row.position == known.position and row.channel == channel for row in history):
            return "doubled: it already stands in this channel"
        return ""

    def _index(self, channel: int, read: ReadFact, position: int, *, new: bool) -> None:
        """Keep what the fact is about and apply it to the views where it counts."""
        pending, fact, stamp = self._pending, read.fact, read.stamp
        if new:
            self._learn(read, position)
        body = self._record.read(fact)
        heard = None
        if isinstance(body, str):
            self._record.set_aside(pending, position, body)
        else:
            heard = Heard(fact, body, self._name.audience, new)
        owner = fact.owner
        for subject in fact.about:
            newest = pending.newest_stamp(owner, subject)
            pending.add_about(AboutRow(owner, subject, stamp, channel, position))
            if heard is not None:
                late = stamp < newest or isinstance(body, Struck | FactHanded)
                self._apply(heard, subject, late=late)

    def _apply(self, heard: Heard, subject: str, *, late: bool) -> None:
        owner = heard.fact.owner
        if late:
            self._to_refold[owner, subject] = None
        elif not self._to_refold or (owner, subject) not in self._to_refold:
            hosted = self._hosted.get(owner)
            if hosted is None:
                hosted = self._hosted[owner] = self._record.hosts(owner)
            self._record.views.fold(self._pending, heard, subject, hosted=hosted)

    def _learn(self, read: ReadFact, position: int) -> None:
        """Note the sender's number and the teller's clock."""
        fact = read.fact
        if fact.kind in VAULT_KIND_NAMES:
            self._pending.put(ARRIVED, {"position": position})
        if fact.sender is not None:
            sender = fact.sender
            ref = RefRow(fact.owner, sender.sender, sender.ref, position, sender.digest)
            self._pending.add_ref(ref)
        if not self._record.clock.witness(read.tick, self._now_ms):
            says = f"its clock is ahead: {fact.recorded_at}"
            self._note("clock_astray", says, self._name.node, None)
        if self._closed_at_ms is not None and read.tick.ms > self._closed_at_ms:
            says = (
                f"told at {fact.recorded_at}, after the node had been restored:"
                " a copy of it is running, or its clock ran ahead before"
            )
            self._note("twin", says, self._name.text(), None)

    def _note(self, sort: str, says: str, what: str, raw: bytes | None) -> None:
        self._record.note_evidence(
            self._pending,
            sort=sort,
            what=what,
            channel=self._name.text(),
            says=says,
            at_ms=self._now_ms,
            raw=raw,
        )


def _teller_of(row: FactRow) -> str | None:
    """Who told what is kept here; None for bytes that are no fact, whatever id they go by."""
    try:
        return read_fact(row.raw).fact.node
    except BadInput:
        return None
