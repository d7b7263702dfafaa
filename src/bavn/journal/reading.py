# SPDX-License-Identifier: Apache-2.0
"""What a decision sees: the node's rows, at this moment in the transaction."""

from collections.abc import Collection, Mapping

from bavn.journal.decision import Told
from bavn.journal.fact import Fact, read_fact
from bavn.journal.handing_open import to_hand
from bavn.journal.kept import EVIDENCE
from bavn.journal.record import Record, Transaction
from bavn.journal.store import FactRow
from bavn.journal.table import Row, Value
from bavn.journal.trust.standing import Teller
from bavn.journal.views import View, struck_in
from bavn.kernel.audience import NATION, OWN, Audience, Scope
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject, id_bytes
from bavn.kernel.refusal import BadInput, BrokenPromise

AUDIENCE_OF = {Scope.OWN: OWN, Scope.NATION: NATION}


class TransactionReading:
    """What a decision sees: the node's rows, with what the group has written so far."""

    def __init__(self, record: Record, pending: Transaction, owner: str) -> None:
        self._record = record
        self._pending = pending
        self._owner = owner

    def row(self, view: View, subject: str, *key: Value) -> Row | None:
        """The owner's row about a subject in a view of scope own or nation."""
        if view.scope not in AUDIENCE_OF:
            msg = f"view {view.name} has a row for each audience: look them up with `rows`"
            raise BrokenPromise(msg)
        audience = AUDIENCE_OF[view.scope]
        table = self._record.views.table_of(view)
        return self._pending.row(table, (self._owner, subject, audience, *key))

    def rows(self, view: View, where: Mapping[str, Value]) -> list[Row]:
        """The rows with these values, of every owner."""
        return self._pending.rows(self._record.views.table_of(view), where)

    def told(self, fact_id: FactId) -> Told | None:
        """A fact, to whom it was told, and whether it still counts."""
        try:
            rows = self._pending.facts_with(id_bytes(fact_id))
        except ValueError:
            return None
        own = [fact for row in rows if (fact := self._own_fact(row)) is not None]
        if not own:
            return None
        fact = own[0]
        history = self._pending.history(fact.owner, fact.about[0])
        hearings = self._record.hearings(history, self._pending)
        audiences = [heard.audience for heard in hearings if heard.fact.id == fact_id]
        if not audiences:
            return None
        return Told(
            fact=fact,
            audiences=tuple(Audience(audience) for audience in audiences),
            struck=fact_id in struck_in(hearings),
        )

    def about(self, subject: Subject) -> list[Fact]:
        """All that the owner has told about a subject, each fact once, the struck ones too."""
        history = self._pending.history(self._owner, subject)
        hearings = self._record.hearings(history, self._pending)
        return list({heard.fact.id: heard.fact for heard in hearings}.values())

    def evidence(self, evidence_id: str) -> Row | None:
        """A piece of evidence that this node has noticed."""
        return self._pending.row(EVIDENCE, (evidence_id,))

    def heads(self, nodes: Collection[NodeId]) -> dict[str, int]:
        """How far this node has heard each channel of these nodes, by the channel's text."""
        channels = self._record.channels | self._pending.channels
        return {
            name.text(): channel.sequence
            for name, channel in channels.items()
            if name.node in nodes and name.audience != OWN
        }

    def to_hand(self, subject: Subject, organisation: OrganisationId) -> list[str]:
        """What a stand-in would need of a subject that is open, and has not been told."""
        history = self._pending.history(self._owner, subject)
        return to_hand(self._record, self._pending, history, organisation)

    def teller(self) -> Teller:
        """What this node knows about trust, and its own place in it."""
        record = self._record
        nation = record.channel(self._pending, record.own_channel(NATION))
        return Teller(
            record.standing, record.identity.node, record.incarnation, nation.sequence + 1
        )

    def _own_fact(self, row: FactRow) -> Fact | None:
        """The fact, when it is one of the owner's that counts."""
        try:
            read = read_fact(row.raw)
        except BadInput:
            return None
        own = read.id == row.id and read.fact.owner == self._owner
        return read.fact if own and self._record.counts(read.fact) else None
