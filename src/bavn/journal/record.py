# SPDX-License-Identifier: Apache-2.0
"""The record that a node keeps: its store, and what must be held in memory between transactions.

Everything that writes does so in `transaction()`. What is held here follows the store, and changes
only after the store has committed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self

import msgspec
from nacl.signing import SigningKey

from bavn.journal.catalogue import Catalogue
from bavn.journal.chain import ChannelName, genesis
from bavn.journal.fact import Fact
from bavn.journal.handed import placed
from bavn.journal.kept import CHANNEL, EVIDENCE, KEPT, META, SET_ASIDE, TRUST
from bavn.journal.kinds import TRUST_KIND_NAMES, NotUnderstood
from bavn.journal.opening import index_missing, load, make
from bavn.journal.pending import Pending
from bavn.journal.roster import Roster
from bavn.journal.store import EntryRow, HistoryRow, Store, StoreBroken
from bavn.journal.table import Row
from bavn.journal.trust.effect import take_effect
from bavn.journal.trust.standing import Standing, begin, stored, was_granted, with_statements
from bavn.journal.trust.statements import StatementKey
from bavn.journal.views import Heard, Views
from bavn.kernel.audience import Audience
from bavn.kernel.hybrid_clock import HybridClock
from bavn.kernel.identity import NodeId, OrganisationId, World

FIRST_INCARNATION = 1
# An incarnation's number is the second in which it began, and chance: two restores of one backup
# must not share one, also when the clock was set back in between. Together 53 bits, which every
# reader of JSON holds exactly, until the year 2242.
CHANCE_BITS = 20
MS_PER_S = 1_000
# Reasons to set a fact aside that another version of the program, or another roster, may lift.
ASIDE_FOR_NOW = frozenset({"disputed", "no_authority", "not_understood", "revoked"})


class Identity(NamedTuple):
    """Which node this is, in which world, and the key it signs with there."""

    node: NodeId
    world: World
    key: SigningKey


class Channel(NamedTuple):
    """A channel as far as this node has it."""

    key: int
    name: ChannelName
    sequence: int
    hash: bytes
    announced: int
    stopped: str

    def row(self) -> Row:
        """The channel as it is kept."""
        node, incarnation, audience = self.name.node, self.name.incarnation, self.name.audience
        return {
            "channel": self.key,
            "node": node,
            "incarnation": incarnation,
            "audience": audience,
            "announced": self.announced,
            "stopped": self.stopped,
        }


class Transaction(Pending):
    """Pending writes together with the channels as they leave them."""

    def __init__(self, store: Store, next_position: int) -> None:
        super().__init__(store, next_position)
        self.channels: dict[ChannelName, Channel] = {}


class Record:
    """A store that is open, with the heads of its channels, its clock and its views."""

    def __init__(
        self, store: Store, identity: Identity, roster: Roster, catalogue: Catalogue
    ) -> None:
        self.store = store
        self.identity = identity
        # Where trust begins, and what has been heard about it since.
        self.standing: Standing = begin(roster)
        self.catalogue = catalogue
        self._alarms = frozenset(kind.name for kind in catalogue.kinds if kind.alarm)
        self.clock = HybridClock()
        self.channels: dict[ChannelName, Channel] = {}
        self.names: dict[int, ChannelName] = {}
        self.position = 0
        self._own: dict[Audience, ChannelName] = {}
        self.incarnation = FIRST_INCARNATION
        # The newest incarnation of this node that it knows of: its own, unless it was overtaken.
        self.newest_incarnation = FIRST_INCARNATION
        self.broken: StoreBroken | None = None
        # Owners and subjects told about while the views are rebuilt; None when they are not.
        self.touched: set[tuple[str, str]] | None = None
        self.views = Views(catalogue.views, catalogue.kinds, 0)

    @classmethod
    def open(cls, store: Store, identity: Identity, roster: Roster, catalogue: Catalogue) -> Self:
        """The record in this store, made when the store is empty.

        StoreBroken when it is another node's or world's.
        """
        record = cls(store, identity, roster, catalogue)
        if META.name not in store.table_names():
            make(record)
        try:
            load(record)
            record.load_trust()
        except (AssertionError, TypeError, ValueError) as error:
            raise StoreBroken(f"what the file says of itself is damaged: {error}") from error
        return record

    def load_trust(self) -> None:
        """Fold the roster from what was stated before."""
        rows = stored(self.store)
        if rows:
            self.standing = self._standing_with(rows, self.names)

    def _standing_with(self, rows: list[Row], names: dict[int, ChannelName]) -> Standing:
        """What is known about trust, with what stands at these places."""
        # A node does not disbelieve itself: what it told after its key was stolen did happen, and
        # its people must not lose sight of it.
        others = {key: name for key, name in names.items() if name.node != self.identity.node}
        kinds = self.catalogue.kinds
        return with_statements(self.standing, self.store, kinds, rows, others)

    def keep_channel(
        self, key: int, name: ChannelName, head: EntryRow | None, announced: int, stopped: str
    ) -> None:
        """Have a channel at hand, as the store has it."""
        sequence = 0 if head is None else head.sequence
        hash_ = genesis(self.identity.world, name) if head is None else head.hash
        self.channels[name] = Channel(key, name, sequence, hash_, announced, stopped)
        self.names[key] = name
        self.note_own(name)

    # Small things that are kept

    def meta(self, name: str) -> str | None:
        """A kept setting of the record itself."""
        row = self.store.row(META, (name,))
        return None if row is None else str(row["value"])

    @property
    def roster(self) -> Roster:
        """Who is who, as this node knows it now."""
        return self.standing.roster

    @property
    def views_are_current(self) -> bool:
        """False when program or grants have changed since the views were made: rebuild them."""
        return self.meta("fingerprint") == self.fingerprint

    @property
    def fingerprint(self) -> str:
        """What the views hang on: what the program understands, and who may tell of whom."""
        return f"{self.catalogue.fingerprint} {self.roster.grants_fingerprint}"

    def hosts(self, owner: str) -> bool:
        """True when this node hosts the organisation now."""
        return self.roster.epoch_at(self.identity.node, OrganisationId(owner)) is not None

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All that is written inside is on disk when this ends, or nothing of it is.

        After a StoreBroken the record takes nothing more until it is opened anew: whether the last
        transaction reached the disk is then read from the disk, not guessed.
        """
        if self.broken is not None:
            raise self.broken
        pending, before = Transaction(self.store, self.position + 1), self.standing
        try:
            self.store.begin()
            yield pending
            about_trust = pending.written(TRUST)
            pending.flush()
            if about_trust:
                self._heed(pending, about_trust)
            self.store.commit()
        except StoreBroken as error:
            self.broken = error
            raise
        except BaseException:
            self.standing = before
            self._roll_back()
            raise
        self.position = pending.next_position - 1
        if self.touched is not None:
            self.touched |= pending.touched
        for name in pending.channels:
            if name not in self.channels:
                self.note_own(name)
        self.channels.update(pending.channels)
        self.names.update({channel.key: name for name, channel in pending.channels.items()})

    def _heed(self, told: Transaction, rows: list[Row]) -> None:
        """Have what was told about trust count from here on, for what was heard before as well."""
        names = self.names | {channel.key: name for name, channel in told.channels.items()}
        before = self.standing
        self.standing = self._standing_with(rows, names)
        # What was told is in the store by now; this one holds only what comes of it.
        effect = Transaction(self.store, told.next_position)
        effect.channels, effect.touched = told.channels, told.touched
        take_effect(self, effect, before)

    def _roll_back(self) -> None:
        try:
            self.store.rollback()
            if self.store.last_position() != self.position:
                self.broken = StoreBroken("a commit failed and was kept all the same: open anew")
        except StoreBroken as error:
            self.broken = error

    def make_missing(self) -> None:
        """Make the tables that an earlier version of the program did not keep."""
        missing = [table for table in KEPT if table.name not in self.store.table_names()]
        if missing:
            with self.transaction() as pending:
                self.store.make_tables(missing)
                index_missing(self, pending, missing)

    def channel(self, pending: Transaction, name: ChannelName) -> Channel:
        """The channel as the transaction leaves it, opened when it is new."""
        channel = pending.channels.get(name) or self.channels.get(name)
        if channel is None:
            opened = {each.key for each in pending.channels.values()}
            key = max(self.names.keys() | opened, default=0) + 1
            channel = Channel(key, name, 0, genesis(self.identity.world, name), 0, "")
            pending.channels[name] = channel
            pending.put(CHANNEL, channel.row())
        return channel

    def change(self, pending: Transaction, channel: Channel) -> None:
        """Have a channel be as given."""
        pending.channels[channel.name] = channel
        pending.put(CHANNEL, channel.row())

    def own_channel(self, audience: Audience) -> ChannelName:
        """The name of this node's present channel to an audience."""
        name = self._own.get(audience)
        if name is None:
            name = self._own[audience] = ChannelName(self.identity.node, self.incarnation, audience)
        return name

    def begin_incarnation(
        self, at_ms: int, chance: bytes, *, after: int = 0, hold: bool = True
    ) -> int:
        """Start new channels for this node, in an incarnation after all that it knows of.

        Its earlier ones are closed and can only be heard back from others. Reactions are held until
        a person lets them go: what the node did before is then known from its peers. One that only
        changes its key has forgotten nothing, and holds none.
        """
        told_s, newest = self.clock.last.ms // MS_PER_S, max(self.newest_incarnation, after)
        begin_s = max(at_ms // MS_PER_S, told_s + 1, begun_s(newest) + 1)
        incarnation = begin_s << CHANCE_BITS | int.from_bytes(chance) % (1 << CHANCE_BITS)
        with self.transaction() as pending:
            pending.put(META, {"name": "incarnation", "value": str(incarnation)})
            if hold:
                pending.put(META, {"name": "reactions_held", "value": "1"})
        self.incarnation = self.newest_incarnation = incarnation
        self._own.clear()
        return incarnation

    def note_own(self, name: ChannelName) -> None:
        """Know of an incarnation of this node itself."""
        if name.node == self.identity.node:
            self.newest_incarnation = max(self.newest_incarnation, name.incarnation)

    def note_evidence(  # noqa: PLR0913 - one row of the table
        self,
        pending: Pending,
        *,
        sort: str,
        what: str,
        says: str,
        at_ms: int,
        channel: str = "",
        sequence: int = 0,
        raw: bytes | None = None,
    ) -> None:
        """Keep what a person has to look at. The same thing noticed again is not a second piece."""
        row: Row = {
            "id": f"{sort} {what}",
            "sort": sort,
            "channel": channel,
            "sequence": sequence,
            "says": says,
            "raw": raw,
            "noticed_at_ms": at_ms,
            "settled_by": None,
        }
        if pending.row(EVIDENCE, (row["id"],)) is None:
            pending.put(EVIDENCE, row)

    # Facts as they count

    def counts(self, fact: Fact) -> bool:
        """True when its node may tell facts of its owner.

        What is told about trust counts by who tells it, whosever matter it is.
        """
        roster = self.standing.roster
        return (
            (fact.owner, fact.node, fact.epoch) in roster.granted_always
            or fact.kind in TRUST_KIND_NAMES
            or was_granted(roster, fact, self._alarms)
        )

    def dispute(self, node: str, owner: str, epoch: int) -> str:
        """Why a fact of an owner does not count that its node may not tell."""
        return f"{node} was not granted {owner} for epoch {epoch}"

    def read(self, fact: Fact) -> msgspec.Struct | str:
        """The body of a fact that counts here, or a text that says why it is set aside."""
        if not self.counts(fact):
            return f"disputed: {self.dispute(fact.node, fact.owner, fact.epoch)}"
        unheeded = self.standing.roster.unheeded
        if unheeded and fact.kind in TRUST_KIND_NAMES:
            why = unheeded.get(StatementKey(fact.node, fact.id))
            if why is not None:
                return f"no_authority: {why}"
        body = self.catalogue.kinds.read(fact)
        return f"not_understood: {body.reason}" if isinstance(body, NotUnderstood) else body

    def hearings(
        self,
        history: list[HistoryRow],
        pending: Transaction | None = None,
        aside: dict[int, str] | None = None,
    ) -> list[Heard]:
        """What counts of a history, in order; what does not is in `aside`, by position, and why."""
        names = self.names
        if pending is not None:
            names = names | {channel.key: name for name, channel in pending.channels.items()}
        heard: list[Heard] = []
        before, told_to, beyond = ("", b""), set[str](), self.standing.beyond
        for row, (fact, *_), of, _by in placed(history):
            revoked = beyond and row.position in beyond.get(row.channel, ())
            body = _revoked(fact.node) if revoked else self.read(fact)
            first = of != before
            if isinstance(body, str):
                if aside is not None and first:
                    aside[row.position] = body
                continue
            audience = names[row.channel].audience
            if first:
                before, told_to = of, set()
            if audience not in told_to:
                heard.append(Heard(fact, body, audience, first))
            told_to.add(audience)
            if aside is not None:
                # It counts by where it was told to us, or by what has been heard about trust since.
                aside.pop(row.position, None)
        return heard

    def refold(self, pending: Transaction, owner: str, subject: str) -> None:
        """Make the rows of a subject anew from everything known about it."""
        history = self.hearings(pending.history(owner, subject), pending)
        self.views.refold(pending, owner, subject, history, hosted=self.hosts(owner))

    def reread(self, pending: Transaction, owner: str, subject: str) -> None:
        """Make the rows of a subject anew, and what is set aside about it."""
        history, aside = pending.history(owner, subject), dict[int, str]()
        heard = self.hearings(history, pending, aside)
        self.views.refold(pending, owner, subject, heard, hosted=self.hosts(owner))
        for position in {row.position for row in history}:
            row = pending.row(SET_ASIDE, (position,))
            if position in aside:
                self.set_aside(pending, position, aside[position])
            elif row is not None and row["sort"] in ASIDE_FOR_NOW:
                pending.remove(SET_ASIDE, (position,))

    def set_aside(self, pending: Pending, position: int, reason: str) -> None:
        """Keep that a fact is in no view, and why."""
        sort, _, says = reason.partition(": ")
        pending.put(SET_ASIDE, {"position": position, "sort": sort, "says": says})


def _revoked(node: str) -> str:
    return f"revoked: what {node} told after this was signed with a key that is not believed"


def begun_s(incarnation: int) -> int:
    """The second since 1970 in which an incarnation began; zero for a node's first."""
    return incarnation >> CHANCE_BITS
