# SPDX-License-Identifier: Apache-2.0
"""Conflicts: what two nodes have told about one thing of one owner, neither knowing of the other.

After a take-over the old host may have gone on for a while; two may have taken over at once. Every
fact is kept. Where two courses have touched the same subject, a person has to say which holds. The
conflicts follow from the facts alone: each node that holds the same facts finds the same ones, in
whatever order it heard them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec

from bavn.journal.fact import Fact, ReadFact, Sealed, read_fact
from bavn.journal.handed import placed
from bavn.journal.kinds import TRUST_KIND_NAMES, VAULT_KIND_NAMES, Struck
from bavn.journal.roster import Roster
from bavn.journal.store import HistoryRow
from bavn.journal.trust.statements import Granted
from bavn.kernel.audience import OWN
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject
from bavn.kernel.refusal import BadInput

if TYPE_CHECKING:
    from bavn.journal.record import Channel, Record
    from bavn.journal.store import Store

TAKE_OVER = "take_over"
RETURN = "return"
# An hour's work at one incident is some hundred facts. A settlement names each that was weighed,
# twice where it is struck later, and fits one fact.
WEIGHED_LIMIT = 700
# Subjects of an owner that are looked at before the next page of them is read.
_SUBJECTS_PER_TURN = 512
# Who is who, and how texts are carried, is settled in other ways.
_NO_COURSE = TRUST_KIND_NAMES | VAULT_KIND_NAMES
_LATER_THAN_ALL = Tick(2**62, 0)


class ConflictSettled(msgspec.Struct, frozen=True, kw_only=True):
    """A person has weighed the courses of one subject, and said what holds.

    `keeps` is the node whose course holds, or `both`. `weighed` are the facts that were looked at:
    what is heard later was not, and is a conflict of its own. `left` are those of them that are
    struck a moment later, where they are more than one request takes.
    """

    keeps: str
    weighed: Annotated[tuple[FactId, ...], msgspec.Meta(max_length=WEIGHED_LIMIT)]
    left: Annotated[tuple[FactId, ...], msgspec.Meta(max_length=WEIGHED_LIMIT)] = ()
    reason: Sealed | None = None


KEEPS_BOTH = "both"


class Told(NamedTuple):
    """A fact of an owner about one subject, with when it was told in which channel to others."""

    fact: Fact
    tick: Tick
    channels: Mapping[str, Tick]
    # What it says of other facts, where it is a strike or a settlement.
    strikes: FactId | None = None
    weighs: tuple[FactId, ...] = ()


class TakenOver(NamedTuple):
    """A grant by which a node went on for an owner, with what it knew of those before.

    `knew` is the tick of the last entry of each channel that it had heard: a channel is told in
    the order of its node's ticks.
    """

    owner: OrganisationId
    node: NodeId
    epoch: int
    knew: Mapping[str, Tick]


class Course(NamedTuple):
    """What one node told about the subject while it held one epoch, in its own order."""

    node: NodeId
    epoch: int
    facts: tuple[Fact, ...]


class Conflict(NamedTuple):
    """A subject of which two or more courses tell, none knowing of the others."""

    owner: OrganisationId
    subject: Subject
    courses: tuple[Course, ...]

    @property
    def weighed(self) -> tuple[FactId, ...]:
        """The facts to be weighed."""
        return tuple(fact.id for course in self.courses for fact in course.facts)


def conflict_of(
    owner: OrganisationId,
    subject: Subject,
    told: Iterable[Told],
    grants: Iterable[TakenOver],
    roster: Roster,
) -> Conflict | None:
    """The conflict about a subject; None when there is none, or it is settled.

    A pure function of sets: neither the order of the facts nor that of the grants matters.
    """
    history = sorted(told, key=_order)
    weighed = {fact for each in history for fact in each.weighs}
    struck = _struck(history)
    standing = [
        each
        for each in history
        if each.fact.id not in struck
        and not each.weighs
        # A strike of what is gone or was weighed says nothing more.
        and (each.strikes is None or each.strikes not in struck | weighed)
    ]
    late, against = _pairs(standing, list(grants), roster)
    if all(fact in weighed for fact in late):
        return None
    courses: dict[tuple[int, NodeId], list[Fact]] = {}
    for each in standing:
        if each.fact.id in late | against:
            courses.setdefault((each.fact.epoch, each.fact.node), []).append(each.fact)
    return Conflict(
        owner,
        subject,
        tuple(
            Course(node, epoch, tuple(facts)) for (epoch, node), facts in sorted(courses.items())
        ),
    )


def _order(told: Told) -> tuple[object, ...]:
    fact = told.fact
    return (fact.epoch, fact.incarnation, told.tick, fact.node, fact.id)


def _struck(history: Sequence[Told]) -> set[FactId]:
    """The facts that are struck through; a strike that is itself struck does not count."""
    struck: set[FactId] = set()
    for each in reversed(history):
        if each.strikes is not None and each.fact.id not in struck:
            struck.add(each.strikes)
    return struck


def _pairs(
    standing: Sequence[Told], grants: Sequence[TakenOver], roster: Roster
) -> tuple[set[FactId], set[FactId]]:
    """What was told without knowing of a later course, and what stands against it."""
    late: set[FactId] = set()
    against: set[FactId] = set()
    for grant in grants:
        theirs = {
            each.fact.id
            for each in standing
            if (each.fact.epoch, each.fact.node) == (grant.epoch, grant.node)
        }
        if not theirs:
            continue
        beyond = {
            each.fact.id
            for each in standing
            if each.fact.epoch < grant.epoch and not _is_known(each, grant)
        }
        rivals = {
            each.fact.id
            for each in standing
            if each.fact.epoch == grant.epoch and each.fact.node != grant.node
        }
        holder = None if not grants else roster.settled.get((grant.owner, grant.epoch))
        if beyond:
            late |= beyond
            against |= theirs
        if rivals and holder != grant.node:
            # While nobody has said whose claim holds, both sides are to be weighed; after that,
            # only what was told by the one whose claim does not hold.
            late |= theirs
            against |= rivals
    return late, against


def _is_known(told: Told, grant: TakenOver) -> bool:
    return any(
        channel in grant.knew and tick <= grant.knew[channel]
        for channel, tick in told.channels.items()
    )


class Conflicts:
    """The conflicts that a record holds, kept up with what is heard."""

    def __init__(self, record: "Record", reading: "Store | None" = None) -> None:
        self._record = record
        self._store = record.store if reading is None else reading
        self._position = 0
        self._grants: tuple[TakenOver, ...] = ()
        self._trusted = ""
        self._settled: Mapping[tuple[OrganisationId, int], NodeId] = {}
        self._found: dict[tuple[OrganisationId, Subject], Conflict] = {}

    def all(self) -> list[Conflict]:
        """Every conflict that is not settled, by owner and subject."""
        self._follow()
        return [self._found[key] for key in sorted(self._found)]

    def of(self, subject: str) -> list[Conflict]:
        """The conflicts about one subject, of whatever owner."""
        return [each for each in self.all() if each.subject == subject]

    def about(self, owner: OrganisationId, subject: Subject) -> Conflict | None:
        """The conflict about one subject of one owner."""
        self._follow()
        return self._found.get((owner, subject))

    def _follow(self) -> None:
        grants = taken_over(self._record, self._store)
        settled = self._record.roster.settled
        # Whose facts count, and what is believed of a revoked key.
        trusted = self._record.roster.grants_fingerprint
        position = self._store.last_position()
        if grants != self._grants or settled != self._settled or trusted != self._trusted:
            self._grants, self._settled, self._trusted = grants, settled, trusted
            self._found.clear()
            for owner in sorted({grant.owner for grant in grants}):
                for subject in self._touched_since(owner):
                    self._look(owner, subject)
        elif grants and position > self._position:
            owners = {grant.owner for grant in grants}
            for owner, subject in sorted(self._news(owners)):
                self._look(owner, subject)
        self._position = position

    def _touched_since(self, owner: OrganisationId) -> Iterator[Subject]:
        """The subjects of an owner that were told about since it was first taken over."""
        first = min(grant.epoch for grant in self._grants if grant.owner == owner)
        last = ""
        while True:
            found = self._store.subjects_after(owner, last, _SUBJECTS_PER_TURN)
            own = [each for each in found if each[0] == owner]
            for _, subject, stamp in self._store.newest_stamps(own):
                # A stamp begins with its epoch.
                if int.from_bytes(stamp[:4]) >= first:
                    yield Subject(subject)
            if not own or len(own) < len(found) or len(found) < _SUBJECTS_PER_TURN:
                return
            last = own[-1][1]

    def _news(self, owners: set[OrganisationId]) -> set[tuple[OrganisationId, Subject]]:
        found: set[tuple[OrganisationId, Subject]] = set()
        after = self._position
        while rows := self._store.facts_after(after, _SUBJECTS_PER_TURN):
            after = rows[-1].position
            for row in rows:
                try:
                    fact = read_fact(row.raw).fact
                except BadInput:
                    continue
                if fact.owner in owners:
                    found.update((fact.owner, subject) for subject in fact.about)
        return found

    def _look(self, owner: OrganisationId, subject: Subject) -> None:
        grants = [grant for grant in self._grants if grant.owner == owner]
        rows = self._store.history(owner, subject)
        told = told_of(self._record, rows)
        conflict = conflict_of(owner, subject, told, grants, self._record.roster)
        if conflict is None:
            self._found.pop((owner, subject), None)
        else:
            self._found[owner, subject] = conflict


def taken_over(record: "Record", store: "Store") -> tuple[TakenOver, ...]:
    """The grants that were followed and by which somebody went on for a silent owner."""
    unheeded = record.roster.unheeded
    found: list[TakenOver] = []
    for key, each in sorted(record.standing.kept.items()):
        body = each.statement.body
        if isinstance(body, Granted) and body.ground == TAKE_OVER and key not in unheeded:
            knew = {
                channel.name.text(): _tick_at(store, channel, number)
                for channel in list(record.channels.values())
                if (number := body.knew.get(channel.name.text(), 0))
            }
            found.append(TakenOver(body.owner, body.node, body.epoch, knew))
    return tuple(found)


def _tick_at(store: "Store", channel: "Channel", number: int) -> Tick:
    """The tick of an entry; later than all when we do not hold as much ourselves."""
    if number > channel.sequence:
        return _LATER_THAN_ALL
    for sequence in range(number, 0, -1):
        (row,) = store.chain(channel.key, sequence, 1)
        try:
            return read_fact(row.raw).tick
        except BadInput:
            continue  # signed, kept, and no fact: the one before it tells as much
    return Tick(0, 0)


def told_of(record: "Record", rows: Sequence[HistoryRow]) -> list[Told]:
    """The facts of a history that count and that others may hear, each with its channels."""
    read: dict[tuple[str, bytes], ReadFact] = {}
    channels: dict[tuple[str, bytes], dict[str, Tick]] = {}
    for row, told, of, by in placed(rows):
        name = record.names[row.channel]
        if name.audience == OWN or row.position in record.standing.beyond.get(row.channel, ()):
            continue  # heard by nobody else, or believed by nobody
        read[of] = told
        channels.setdefault(of, {})[name.text()] = told.tick if by is None else by.tick
    return [
        _told(record, each, channels[of])
        for of, each in sorted(read.items())
        if each.fact.kind not in _NO_COURSE and record.counts(each.fact)
    ]


def _told(record: "Record", read: ReadFact, channels: Mapping[str, Tick]) -> Told:
    body = record.catalogue.kinds.read(read.fact)
    strikes = body.fact if isinstance(body, Struck) else None
    weighs = body.weighed if isinstance(body, ConflictSettled) else ()
    return Told(read.fact, read.tick, channels, strikes, weighs)
