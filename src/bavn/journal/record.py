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
from bavn.journal.fact import Fact, decode_fact
from bavn.journal.kept import CHANNEL, EVIDENCE, KEPT, META, SET_ASIDE
from bavn.journal.kinds import NotUnderstood
from bavn.journal.pending import Pending
from bavn.journal.roster import Roster
from bavn.journal.store import HistoryRow, Store, StoreBroken
from bavn.journal.table import Row, Value
from bavn.journal.views import Heard, Views
from bavn.kernel.audience import Audience
from bavn.kernel.hybrid_clock import HybridClock, Tick
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.refusal import BadInput

FIRST_INCARNATION = 1
# An incarnation's number is the second in which it began, and chance: two restores of one backup
# must not share one, also when the clock was set back in between. Together 53 bits, which every
# reader of JSON holds exactly, until the year 2242.
CHANCE_BITS = 20
MS_PER_S = 1_000
# Reasons to set a fact aside that another version of the program, or another roster, may lift.
ASIDE_FOR_NOW = frozenset({"disputed", "not_understood"})


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
        self.roster = roster
        self.catalogue = catalogue
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
            record._make()
        try:
            record._load()
        except (AssertionError, TypeError, ValueError) as error:
            raise StoreBroken(f"what the file says of itself is damaged: {error}") from error
        return record

    def _make(self) -> None:
        self.store.begin()
        try:
            self.store.make_tables(KEPT)
            self.store.make_tables(list(self.views.tables.values()))
            meta = {
                "node": self.identity.node,
                "world": self.identity.world,
                "incarnation": str(FIRST_INCARNATION),
                "generation": "0",
                "fingerprint": self.fingerprint,
            }
            self.store.put(META, [{"name": name, "value": value} for name, value in meta.items()])
        except BaseException:
            self.store.rollback()
            raise
        self.store.commit()

    def _load(self) -> None:
        for name, expected in (("node", self.identity.node), ("world", self.identity.world)):
            if self.meta(name) != expected:
                msg = f"the store belongs to {name} {self.meta(name)}, not to {expected}"
                raise StoreBroken(msg)
        self.incarnation = int(self.meta("incarnation") or FIRST_INCARNATION)
        self.newest_incarnation = self.incarnation
        self.position = self.store.last_position()
        self.views = Views(
            self.catalogue.views, self.catalogue.kinds, int(self.meta("generation") or 0)
        )
        for row in self.store.rows(CHANNEL, {}):
            self._load_channel(row)
        self._load_clock()

    def _load_channel(self, row: Row) -> None:
        name = ChannelName(
            NodeId(str(row["node"])), _number(row["incarnation"]), Audience(str(row["audience"]))
        )
        key = _number(row["channel"])
        head = self.store.head(key)
        sequence = 0 if head is None else head.sequence
        hash_ = genesis(self.identity.world, name) if head is None else head.hash
        announced, stopped = _number(row["announced"]), str(row["stopped"])
        self.channels[name] = Channel(key, name, sequence, hash_, announced, stopped)
        self.names[key] = name
        self._note_own(name)

    def _load_clock(self) -> None:
        """Start the clock after everything that this node itself has told."""
        for channel in self.channels.values():
            if channel.name.node == self.identity.node and channel.sequence:
                (last,) = self.store.chain(channel.key, channel.sequence, 1)
                try:
                    tick = Tick.parse(decode_fact(last.raw).recorded_at)
                except BadInput:
                    continue  # `verify` names it; the node starts all the same
                self.clock.last = max(self.clock.last, tick)

    # Small things that are kept

    def meta(self, name: str) -> str | None:
        """A kept setting of the record itself."""
        row = self.store.row(META, (name,))
        return None if row is None else str(row["value"])

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
        pending = Transaction(self.store, self.position + 1)
        try:
            self.store.begin()
            yield pending
            pending.flush()
            self.store.commit()
        except StoreBroken as error:
            self.broken = error
            raise
        except BaseException:
            self._roll_back()
            raise
        self.position = pending.next_position - 1
        if self.touched is not None:
            self.touched |= pending.touched
        for name in pending.channels:
            if name not in self.channels:
                self._note_own(name)
        self.channels.update(pending.channels)
        self.names.update({channel.key: name for name, channel in pending.channels.items()})

    def _roll_back(self) -> None:
        try:
            self.store.rollback()
            if self.store.last_position() != self.position:
                self.broken = StoreBroken("a commit failed and was kept all the same: open anew")
        except StoreBroken as error:
            self.broken = error

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

    def own_channel(self, audience: Audience) -> ChannelName:
        """The name of this node's present channel to an audience."""
        name = self._own.get(audience)
        if name is None:
            name = self._own[audience] = ChannelName(self.identity.node, self.incarnation, audience)
        return name

    def begin_incarnation(self, at_ms: int, chance: bytes) -> int:
        """Start new channels for this node.

        Its earlier ones are closed and can only be heard back from others. Reactions are held until
        a person lets them go: what the node did before is then known from its peers.
        """
        told_s = self.clock.last.ms // MS_PER_S
        begin_s = max(at_ms // MS_PER_S, told_s + 1, begun_s(self.newest_incarnation) + 1)
        incarnation = begin_s << CHANCE_BITS | int.from_bytes(chance) % (1 << CHANCE_BITS)
        with self.transaction() as pending:
            pending.put(META, {"name": "incarnation", "value": str(incarnation)})
            pending.put(META, {"name": "reactions_held", "value": "1"})
        self.incarnation = self.newest_incarnation = incarnation
        self._own.clear()
        return incarnation

    def _note_own(self, name: ChannelName) -> None:
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
        """True when its node may tell facts of its owner."""
        return self.roster.may_write(fact.node, fact.owner, fact.epoch)

    def read(self, fact: Fact) -> msgspec.Struct | str:
        """The body of a fact that counts here, or a text that says why it is set aside."""
        if not self.counts(fact):
            return f"disputed: {fact.node} was not granted {fact.owner} for epoch {fact.epoch}"
        body = self.catalogue.kinds.read(fact)
        return f"not_understood: {body.reason}" if isinstance(body, NotUnderstood) else body

    def hearings(
        self,
        history: list[HistoryRow],
        pending: Transaction | None = None,
        aside: dict[int, str] | None = None,
    ) -> list[Heard]:
        """The hearings among a subject's history that count, read and in order.

        What does not count is noted in `aside`, by position, with the reason.
        """
        names = self.names
        if pending is not None:
            names = names | {channel.key: name for name, channel in pending.channels.items()}
        heard: list[Heard] = []
        before = 0
        for row in history:
            fact = decode_fact(row.raw)
            body = self.read(fact)
            if isinstance(body, str):
                if aside is not None:
                    aside[row.position] = body
                continue
            first = row.position != before
            heard.append(Heard(fact, body, names[row.channel].audience, first))
            before = row.position
        return heard

    def refold(self, pending: Transaction, owner: str, subject: str) -> None:
        """Make the rows of a subject anew from everything known about it."""
        history = self.hearings(pending.history(owner, subject), pending)
        self.views.refold(pending, owner, subject, history, hosted=self.hosts(owner))

    def set_aside(self, pending: Pending, position: int, reason: str) -> None:
        """Keep that a fact is in no view, and why."""
        sort, _, says = reason.partition(": ")
        pending.put(SET_ASIDE, {"position": position, "sort": sort, "says": says})


def begun_s(incarnation: int) -> int:
    """The second since 1970 in which an incarnation began; zero for a node's first."""
    return incarnation >> CHANCE_BITS


def _number(value: Value) -> int:
    assert isinstance(value, int), "the store gave back another sort than it was given"
    return value
