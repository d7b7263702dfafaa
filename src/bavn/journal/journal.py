# SPDX-License-Identifier: Apache-2.0
"""The journal as a node uses it: write, hear, tell, react, read, prove. One thread at a time.

journal = Journal.open(store, identity, roster, catalogue, keys, machine)
outcomes = journal.commit([request])        # on disk when it returns
journal.merge(segment)                      # what a peer told
journal.offer(peer, have)                   # what a peer may hear and lacks
journal.turn()                              # reactions and timers
journal.query.rows(reader, view)            # nobody reads without a reader
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from bavn.journal import offer as offering
from bavn.journal.catalogue import Catalogue
from bavn.journal.chain import Segment
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.fact import read_fact
from bavn.journal.handing import Handing
from bavn.journal.handing_open import HandingOn
from bavn.journal.kept import ERASED
from bavn.journal.kinds import KeyErased
from bavn.journal.merge import INCARNATION_CHANCE_BYTES, Merged, Merger
from bavn.journal.react import Reactor
from bavn.journal.reader import Query
from bavn.journal.rebuild import Progress, in_silence, rebuild
from bavn.journal.record import Identity, Record
from bavn.journal.roster import Roster
from bavn.journal.store import Store, StoreFull
from bavn.journal.trust.effect import key_counts_after
from bavn.journal.vault import Keys, Vault
from bavn.journal.verify import Fault, verify
from bavn.journal.write import Writer
from bavn.kernel.identity import NodeId, id_bytes
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import May
from bavn.kernel.refusal import Refused

# Segments in one answer to a peer: a few megabytes as a rule, and the peer asks again.
OFFER_LIMIT = 16


class Reserve(Protocol):
    """Space on the disk that is kept free for alarms."""

    def tight(self) -> bool:
        """True when there is so little room left that only alarms are written."""

    def release(self) -> bool:
        """Give up a part of the reserve; False when nothing of it is left."""

    def refill(self) -> None:
        """Take the reserve back as far as there is room again."""


class NoReserve:
    """For a store that cannot run full, or where somebody else keeps room."""

    def tight(self) -> bool:
        """Never."""
        return False

    def release(self) -> bool:
        """There is nothing to give up."""
        return False

    def refill(self) -> None:
        """There is nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the journal needs of the machine it runs on.

    The time, chance, and the space kept free for alarms.
    """

    now: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    reserve: Reserve


DISK_FULL = Refused(
    code="disk_full",
    says="The disk is full; nothing was written. Alarms are still taken.",
    try_instead="Make room on the disk and send it again; `bavn doctor` tells how much.",
)


class Journal:
    """One world's record at one node."""

    def __init__(self, record: Record, keys: Keys, may: May, machine: Machine) -> None:
        self.record = record
        self._machine = machine
        self._now = machine.now
        self.vault = Vault(keys, record.identity.world, machine.entropy)
        self._handing = Handing(record, self.vault, machine.entropy)
        self._writer = Writer(record, self._handing, self.vault, may)
        self._merger = Merger(record, machine.entropy)
        self.reactor = Reactor(record, self._writer)
        self.query = Query(record, self.vault)
        self._handing_on = HandingOn(record)
        self._to_erase: list[str] = []

    @classmethod
    def open(  # noqa: PLR0913 - the things that a journal is made of
        cls,
        store: Store,
        *,
        identity: Identity,
        roster: Roster,
        catalogue: Catalogue,
        keys: Keys,
        may: May,
        machine: Machine,
    ) -> Self:
        """The journal in this store.

        Erasures are re-applied, and views of another version rebuilt, before it is used.
        """
        journal = cls(Record.open(store, identity, roster, catalogue), keys, may, machine)
        journal.record.make_missing()
        if journal.record.store.lost_commits:
            journal._go_on_without_the_lost()
        journal._look_at_own_key()
        # The node may have stopped between an erasure's commit and the destruction.
        journal._to_erase = [str(row["key"]) for row in journal.record.store.rows(ERASED, {})]
        journal._erase()
        journal._rebuild_if_changed()
        return journal

    def _go_on_without_the_lost(self) -> None:
        """Start a new incarnation when a damaged store has lost commits.

        Runbook for evidence `commits_lost`. It means: the disk gave back something else than was
        written, and commits behind it cannot be read. What still works: everything; numbers that
        may have been used are not used again, and what peers have heard comes back from them.
        Reactions are held. The damaged log was kept aside in the data folder: do not delete it. Do:
        compare the log of open incidents with the units and report again what is missing; look at
        the disk and replace it; let the reactions go with `bavn resume`.
        """
        record, now_ms = self.record, ms_of(self._now())
        with record.transaction() as pending:
            says = f"{record.store.lost_commits} commits could not be read when the node started"
            what = f"{record.incarnation}"
            record.note_evidence(pending, sort="commits_lost", what=what, says=says, at_ms=now_ms)
        self.begin_incarnation()

    def _look_at_own_key(self) -> None:
        """Begin the incarnation from which a changed key counts, or have a person look at the key.

        Runbook for evidence `own_key`. It means: this node signs with another key than the others
        know it by, as when a backup of the keys was put back that is older than the key. What still
        works: everything here, alarms included; but nobody believes what it tells, and it waits at
        the others as not signed. Do: put the newest backup of the keys in place. Where there is
        none, ask the node above to revoke the old key and to name the one that is here (`bavn node
        revoke --new-key`).
        """
        record, now_ms = self.record, ms_of(self._now())
        after = key_counts_after(record)
        if after is not None:
            chance = self._machine.entropy(INCARNATION_CHANCE_BYTES)
            record.begin_incarnation(now_ms, chance, after=after, hold=False)
        known = record.roster.key_of(record.identity.node, record.incarnation)
        mine = record.identity.key.verify_key.encode()
        if known is not None and known != mine:
            says = f"signs with {mine.hex()}, and is known by {known.hex()}"
            with record.transaction() as pending:
                record.note_evidence(
                    pending, sort="own_key", what=mine.hex(), says=says, at_ms=now_ms
                )

    def _rebuild_if_changed(self) -> None:
        """Rebuild views of another version, into the reserve when the disk has no other room.

        Runbook, when a node does not start with StoreFull. It means: the program was upgraded and
        the disk has no room for the new views, not even with the whole reserve. Nothing is lost and
        nothing was written. Do: make room (old backups and logs first, never files of the data
        folder) and start again; or start the old version, which runs on its old views. Alarms go by
        radio until then: tell the stand-in.
        """
        while not self.record.views_are_current:
            try:
                self.rebuild()
            except StoreFull:
                if not self._machine.reserve.release():
                    raise

    # Writing

    def commit(self, requests: Sequence[Request]) -> list[Outcome]:
        """The outcome of each request, when the disk has them all.

        Runbook for `disk_full`. It means: the disk of this node has no room left. What still works:
        reading, hearing what fits, and alarms, which are written into space that was kept free for
        them. Look at `bavn doctor`: free space and what is left of the reserve. Do: make room (old
        backups and logs first, never files of the data folder); writing goes on by itself. Wake the
        one who runs the machine before the reserve is used up.
        """
        now, reserve = self._now(), self._machine.reserve
        alarm = [self.record.catalogue.is_alarm(each.content) for each in requests]
        try:
            if not reserve.tight():
                outcomes = self._writer.commit(requests, now)
                self._erase_what_was_decided(requests, outcomes)
                return outcomes
        except StoreFull:
            if not any(alarm):
                return [DISK_FULL] * len(requests)
        alarms = [each for each, is_alarm in zip(requests, alarm, strict=True) if is_alarm]
        answers = iter(self._commit_alarms(alarms, now))
        return [next(answers) if is_alarm else DISK_FULL for is_alarm in alarm]

    def _commit_alarms(self, alarms: Sequence[Request], now: datetime) -> list[Outcome]:
        """Write alarms, into the reserved space where there is no other."""
        while alarms:
            try:
                return self._writer.commit(alarms, now)
            except StoreFull:
                if not self._machine.reserve.release():
                    return [DISK_FULL] * len(alarms)
        return []

    def _erase_what_was_decided(
        self, requests: Sequence[Request], outcomes: Sequence[Outcome]
    ) -> None:
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Done) and self.record.catalogue.erases(request.content):
                for key in self._erased_by(outcome):
                    self._to_erase += self._handing.doomed(self.record.store, request.owner, key)
        with suppress(StoreFull):
            self._erase()

    def _erased_by(self, outcome: Done) -> Iterator[str]:
        """The keys that a request's facts tell to be destroyed."""
        for row in self.record.store.facts_with([id_bytes(each) for each in outcome.facts]):
            body = self.record.read(read_fact(row.raw).fact)
            if isinstance(body, KeyErased):
                yield body.key

    def _erase(self) -> None:
        """Destroy the keys whose erasure is on record. What a full disk prevents is tried again."""
        while self._to_erase:
            self.vault.keys.erase(self._to_erase[-1])
            self._to_erase.pop()

    # Others

    def merge(self, segment: Segment) -> Merged | Refused:
        """Take in what a peer told; a refusal leaves no trace."""
        if self._machine.reserve.tight():
            return DISK_FULL
        try:
            return self._merger.merge(segment, self._now())
        except StoreFull:
            return DISK_FULL

    def have(self) -> dict[str, int]:
        """The last number held of each channel, for a peer to start from."""
        return offering.have(self.record)

    def offer(
        self, peer: NodeId, theirs: offering.Have, *, limit: int = OFFER_LIMIT
    ) -> list[Segment]:
        """The next segments that a peer may hear and lacks."""
        return offering.offer(self.record, peer, theirs, limit)

    def turn(self) -> int:
        """Let reactions and timers act; how many facts and timers were looked at.

        Zero when there is nothing to do.
        """
        self._machine.reserve.refill()
        if self._machine.reserve.tight():
            return 0
        try:
            heard = self._handing.take_in()
            self._to_erase += self._handing.to_erase
            self._handing.to_erase.clear()
            self._erase()
            heard += self._handing_on.turn(lambda asked: self._writer.commit(asked, self._now()))
            if wishes := self._handing.wishes():
                self._writer.commit(wishes, self._now())
            return heard + self.reactor.turn(self._now())
        except StoreFull:
            return 0

    # Keeping house

    def rebuild(self, progress: Progress = in_silence) -> int:
        """Rebuild all views beside the old ones and swap; the number of subjects folded."""
        return rebuild(self.record, progress)

    def verify(self, progress: Progress = in_silence, *, views: bool = True) -> Iterator[Fault]:
        """Every fault that the record has."""
        return verify(self.record, self.vault, progress, views=views)

    def begin_incarnation(self) -> int:
        """Start a new incarnation, as after a restore."""
        chance = self._machine.entropy(INCARNATION_CHANCE_BYTES)
        return self.record.begin_incarnation(ms_of(self._now()), chance)
