# SPDX-License-Identifier: Apache-2.0
"""Reactions and timers at work.

Each fires once, on the node that hosts the organisation that reacts.

The cursor, and the mark that a timer has fired, are written in the same transaction as what came of
it. A request that a reaction makes carries a number made of the fact and the reaction, so that it
is recognised even where the cursor is older than the facts, as after a restore. Rebuilding views
does not come past here.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from bavn.journal.decision import Failed, Outcome, Request
from bavn.journal.fact import Fact, decode_fact
from bavn.journal.kept import FIRED, META
from bavn.journal.reaction import Reaction, Timer
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
# The function that a reaction acts in; the mandates know it as the organisation's own machine.
MACHINE = "machine"


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
        """Look at the next facts and the timers that are due.

        How many facts and timers that was.
        """
        if self.held:
            return 0
        return self._look(now) + sum(
            self._fire(timer, now) for timer in self._record.catalogue.timers
        )

    # Facts

    def _look(self, now: datetime) -> int:
        rows = self._record.store.facts_after(self._cursor, TURN_LIMIT)
        if not rows:
            return 0
        requests: list[Request] = []
        stale: list[tuple[FactRow, Reaction]] = []
        for row in rows:
            self._gather(row, requests, stale)
        cursor = rows[-1].position

        def advance(pending: Transaction, outcomes: Sequence[Outcome]) -> None:
            pending.put(META, {"name": "reactions_cursor", "value": str(cursor)})
            self._note(pending, requests, outcomes, stale, now)

        self._writer.commit(requests, now, advance)
        self._cursor = cursor
        return len(rows)

    def _gather(
        self, row: FactRow, requests: list[Request], stale: list[tuple[FactRow, Reaction]]
    ) -> None:
        try:
            fact = decode_fact(row.raw)
        except BadInput:
            return
        body = self._record.read(fact)
        if isinstance(body, str):
            return
        for reaction in self._record.catalogue.reactions.get(type(body), ()):
            owner = reaction.owner(fact, body)
            if not self._record.hosts(owner):
                continue
            if self._is_stale(row, fact, reaction):
                stale.append((row, reaction))
                continue
            for number, content in enumerate(reaction.requests(fact, body)):
                requests.append(
                    _request(owner, reaction.name, f"{fact.id}/{reaction.name}/{number}", content)
                )

    def _is_stale(self, row: FactRow, fact: Fact, reaction: Reaction) -> bool:
        """Old when it was heard.

        What this node told itself never is, however long the node was down.
        """
        heard_at = instant_of(row.heard_at_ms)
        theirs = fact.node != self._record.identity.node
        return theirs and heard_at - fact.happened_at > reaction.stale_after

    def _note(
        self,
        pending: Transaction,
        requests: Sequence[Request],
        outcomes: Sequence[Outcome],
        stale: Sequence[tuple[FactRow, Reaction]],
        now: datetime,
    ) -> None:
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Failed):
                self._evidence(pending, "reaction_failed", f"{request.sender} {request.ref}", now)
        for row, reaction in stale:
            self._evidence(pending, "too_old_to_act_on", f"{reaction.name} {row.id.hex()}", now)

    def _evidence(self, pending: Transaction, sort: str, what: str, now: datetime) -> None:
        self._record.note_evidence(
            pending, sort=sort, channel=what, sequence=0, says=what, at_ms=ms_of(now)
        )

    # Timers

    def _fire(self, timer: Timer, now: datetime) -> int:
        now_ms = ms_of(now)
        table = self._record.views.table_of(timer.view)
        rows = self._record.store.rows(table, {}, at_most=(timer.due_column, now_ms))
        due = [
            (row, _timer_id(timer, row)) for row in rows if self._record.hosts(str(row["owner"]))
        ]
        due = [each for each in due if self._record.store.row(FIRED, (each[1],)) is None]
        due = due[:TURN_LIMIT]
        if not due:
            return 0
        requests = [
            _request(OrganisationId(str(row["owner"])), timer.name, key, timer.request(row))
            for row, key in due
        ]

        def mark(pending: Transaction, outcomes: Sequence[Outcome]) -> None:
            for _, key in due:
                pending.put(FIRED, {"timer": key, "fired_at_ms": now_ms})
            self._note(pending, requests, outcomes, (), now)

        self._writer.commit(requests, now, mark)
        return len(due)


def _request(owner: OrganisationId, name: str, what: str, content: msgspec.Struct) -> Request:
    return Request(
        owner=owner,
        actor=Actor(organisation=owner, function=MACHINE),
        content=content,
        sender=f"reaction {name}",
        ref=sha256(what.encode()).hexdigest()[:32],
    )


def _timer_id(timer: Timer, row: Row) -> str:
    key = [row[name] for name in ("owner", "subject", *timer.view.key, timer.due_column)]
    return sha256(msgspec.json.encode([timer.name, *key])).hexdigest()[:32]
