# SPDX-License-Identifier: Apache-2.0
"""Reactions and timers at work.

Each fires once, on the node that hosts the organisation that reacts.

The cursor, and the mark that a timer has fired, are written in the same transaction as what came of
it. A request that a reaction makes carries a number made of the fact and the reaction, so that it
is recognised even where the cursor is older than the facts, as after a restore. Rebuilding views
does not come past here.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from bavn.journal.decision import Failed, Outcome, Request
from bavn.journal.fact import Fact, read_fact
from bavn.journal.kept import FIRED, META
from bavn.journal.reaction import MACHINE, Reaction, Timer
from bavn.journal.record import Record, Transaction
from bavn.journal.store import FactRow
from bavn.journal.table import Row
from bavn.journal.write import Writer
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of, ms_of
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import BadInput

# Facts looked at, or timers fired, in one turn: a turn holds the writer for some milliseconds at
# most.
TURN_LIMIT = 256


class Reactor:
    """Lets facts and time lead to requests."""

    def __init__(self, record: Record, writer: Writer) -> None:
        self._record = record
        self._writer = writer
        self._cursor = int(record.meta("reactions_cursor") or 0)

    @property
    def held(self) -> bool:
        """True after a restore, until a person has let the reactions go."""
        return self._record.meta("reactions_held") == "1"

    @property
    def behind(self) -> int:
        """How many facts have not been looked at yet."""
        return self._record.position - self._cursor

    def resume(self) -> None:
        """Let reactions go that were held after a restore: this node has now heard its peers."""
        with self._record.transaction() as pending:
            pending.put(META, {"name": "reactions_held", "value": "0"})

    def turn(self, now: datetime) -> int:
        """Look at the next facts and the timers that are due; how many that was."""
        if self.held:
            return 0
        return self._look(now) + sum(
            self._fire(timer, now) for timer in self._record.catalogue.timers
        )

    def overdue(self, now: datetime) -> int:
        """How many timers are due and have not fired."""
        return sum(1 for timer in self._record.catalogue.timers for _ in self._due(timer, now))

    # Facts

    def _look(self, now: datetime) -> int:
        rows = self._record.store.facts_after(self._cursor, TURN_LIMIT)
        if not rows:
            return 0
        gathered = _Gathered()
        for row in rows:
            self._gather(row, gathered)
        cursor = rows[-1].position

        def advance(pending: Transaction, outcomes: Sequence[Outcome]) -> None:
            pending.put(META, {"name": "reactions_cursor", "value": str(cursor)})
            self._note(pending, gathered, outcomes, now)

        self._writer.commit(gathered.requests, now, advance)
        self._cursor = cursor
        return len(rows)

    def _gather(self, row: FactRow, gathered: "_Gathered") -> None:
        try:
            read = read_fact(row.raw)
        except BadInput:
            return
        if read.id != row.id:
            return  # kept under another id because it does not count: doubled, contradicted
        fact = read.fact
        body = self._record.read(fact)
        if isinstance(body, str):
            return
        for reaction in self._record.catalogue.reactions.get(type(body), ()):
            try:
                self._react(reaction, row, (fact, body), gathered)
            except Exception:  # noqa: BLE001 - one broken reaction must not stop those after it
                gathered.notes.append(("reaction_failed", f"{reaction.name} {fact.id}"))

    def _react(
        self,
        reaction: Reaction,
        row: FactRow,
        told: tuple[Fact, msgspec.Struct],
        gathered: "_Gathered",
    ) -> None:
        fact, body = told
        owner = reaction.owner(fact, body)
        if not self._record.hosts(owner):
            return
        if self._is_stale(row, fact, reaction):
            gathered.notes.append(("too_old_to_act_on", f"{reaction.name} {fact.id}"))
            return
        gathered.requests += [
            _request(owner, reaction.name, f"{fact.node}/{fact.id}/{number}", content)
            for number, content in enumerate(reaction.requests(fact, body))
        ]

    def _is_stale(self, row: FactRow, fact: Fact, reaction: Reaction) -> bool:
        """Old when it was heard. What this node told itself never is, however long it was down."""
        heard_at = instant_of(row.heard_at_ms)
        theirs = fact.node != self._record.identity.node
        return theirs and heard_at - fact.happened_at > reaction.stale_after

    # Timers

    def _fire(self, timer: Timer, now: datetime) -> int:
        gathered, fired = _Gathered(), list[str]()
        for row, owner, key in self._due(timer, now):
            fired.append(key)
            try:
                gathered.requests.append(_request(owner, timer.name, key, timer.request(row)))
            except Exception:  # noqa: BLE001 - one broken timer must not stop those after it
                gathered.notes.append(("reaction_failed", f"{timer.name} {key}"))
            if len(fired) >= TURN_LIMIT:
                break
        if fired:
            self._fire_all(fired, gathered, now)
        return len(fired)

    def _due(self, timer: Timer, now: datetime) -> Iterator[tuple[Row, OrganisationId, str]]:
        """The rows whose instant has come and that have not fired, with owner and timer id."""
        table = self._record.views.table_of(timer.view)
        for row in self._record.store.rows(table, {}, at_most=(timer.due_column, ms_of(now))):
            key, owner = _timer_id(timer, row), OrganisationId(str(row["owner"]))
            if self._record.hosts(owner) and self._record.store.row(FIRED, (key,)) is None:
                yield row, owner, key

    def _fire_all(self, fired: Sequence[str], gathered: "_Gathered", now: datetime) -> None:
        def mark(pending: Transaction, outcomes: Sequence[Outcome]) -> None:
            for key in fired:
                pending.put(FIRED, {"timer": key, "fired_at_ms": ms_of(now)})
            self._note(pending, gathered, outcomes, now)

        self._writer.commit(gathered.requests, now, mark)

    def _note(
        self,
        pending: Transaction,
        gathered: "_Gathered",
        outcomes: Sequence[Outcome],
        now: datetime,
    ) -> None:
        """Keep, for a person, what did not come of it."""
        failed = [
            ("reaction_failed", f"{request.sender} {request.ref}")
            for request, outcome in zip(gathered.requests, outcomes, strict=True)
            if isinstance(outcome, Failed)
        ]
        for sort, what in (*gathered.notes, *failed):
            self._record.note_evidence(pending, sort=sort, what=what, says=what, at_ms=ms_of(now))


class _Gathered:
    """What came of some facts or timers: requests, and what a person has to be told instead."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.notes: list[tuple[str, str]] = []


def _request(owner: OrganisationId, name: str, what: str, content: msgspec.Struct) -> Request:
    return Request(
        owner=owner,
        actor=Actor(organisation=owner, function=MACHINE),
        content=content,
        sender=f"reaction {name}",
        ref=sha256(f"{name}/{what}".encode()).hexdigest()[:32],
    )


def _timer_id(timer: Timer, row: Row) -> str:
    key = [row[name] for name in ("owner", "subject", *timer.view.key, timer.due_column)]
    return sha256(msgspec.json.encode([timer.name, *key])).hexdigest()[:32]
