# SPDX-License-Identifier: Apache-2.0
"""Handing on what is open: who is named to stand in is told what was told before it was named.

Subject by subject, in small turns, so that nobody who writes waits for it; how far it has come is
kept. Who stands in no longer is told nothing more, and given no key anew.
"""

from collections.abc import Callable, Sequence

from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.giving import HandOpen
from bavn.journal.handed import placed
from bavn.journal.kept import HANDED, SHARED
from bavn.journal.kinds import KEY_ERASED
from bavn.journal.reaction import MACHINE
from bavn.journal.record import Record, Transaction
from bavn.journal.roster import Roster
from bavn.journal.sharing import Receiver, seat_of
from bavn.journal.store import HistoryRow
from bavn.journal.table import Row
from bavn.journal.views import struck_in
from bavn.kernel.audience import to
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused

# Subjects looked at in one turn: some milliseconds.
SUBJECTS_PER_TURN = 64
# After every subject: their names begin with a small letter.
ALL = "~"


def to_hand(
    record: Record,
    pending: Transaction | None,
    history: list[HistoryRow],
    organisation: OrganisationId,
) -> list[str]:
    """What a stand-in would need of a subject that is open, was told here, and not told to it.

    Nothing of what was struck, and of what nobody else believes.
    """
    heard = record.hearings(history, pending)
    kinds = {kind.name: kind for kind in record.catalogue.kinds}
    struck = struck_in(heard)
    if any(kinds[each.fact.kind].ends_sharing for each in heard if each.fact.id not in struck):
        return []
    told = {each.fact.id for each in heard if each.audience == to(organisation)}
    found: dict[str, str] = {}
    for row, (fact, *_), _, by in placed(history):
        kind = kinds.get(fact.kind)
        is_wanted = kind is not None and kind.for_stand_in and kind.name != KEY_ERASED.name
        is_ours = fact.node == record.identity.node and by is None and _is_believed(record, row)
        if is_wanted and is_ours and fact.id not in told | struck:
            found[fact.id] = row.raw.decode()
    return list(found.values())


def _is_believed(record: Record, row: HistoryRow) -> bool:
    """True unless the others believe the channel no further than before this."""
    name = record.names.get(row.channel)
    believed = None if name is None else record.roster.believed_of(name)
    if believed is None:
        return True
    first_beyond = record.store.entry(row.channel, believed + 1)
    return first_beyond is None or row.position < first_beyond.position


class HandingOn:
    """Sees to it that stand-ins are told what is open, and that those of before are told no more.

    Runbook for evidence `not_shared` of a subject: something open could not be told to who stands
    in, as when it is too long. What still works: everything here, and what is told from now on.
    Do: tell the stand-in by telephone, and have the program looked at.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        # The roster by which nothing is left to do.
        self._done_by: Roster | None = None
        self._given_up: set[tuple[str, str, str]] = set()

    def turn(self, commit: Callable[[list[Request]], Sequence[Outcome]]) -> int:
        """Hand on a little of what is open; zero when nothing is left to do."""
        roster = self._record.roster
        if self._done_by is roster:
            return 0
        named = self._named()
        if self._end_others(named):
            return 1
        for owner, receiver in named:
            row = self._record.store.row(HANDED, (owner, receiver.organisation, receiver.node))
            reached = "" if row is None else str(row["reached"])
            if reached != ALL:
                return self._hand(owner, receiver, reached, commit)
        self._done_by = roster
        return 0

    def _named(self) -> list[tuple[OrganisationId, Receiver]]:
        """Who stands in elsewhere for those that this node hosts."""
        roster, here = self._record.roster, self._record.identity.node
        return [
            (owner, Receiver(seat, each.node))
            for owner, stand_ins in roster.stand_ins.items()
            if self._record.hosts(owner)
            for each in stand_ins
            if each.node != here and (seat := seat_of(roster, each.node)) is not None
        ]

    def _end_others(self, named: list[tuple[OrganisationId, Receiver]]) -> int:
        """Give no key anew to who stands in no longer; how many those were."""
        record = self._record
        over = [
            row
            for row in record.store.rows(HANDED, {})
            if record.hosts(str(row["owner"]))
            and (row["owner"], (row["organisation"], row["node"])) not in named
        ]
        if over:
            with record.transaction() as pending:
                for row in over:
                    pending.remove(HANDED, HANDED.key_of(row))
                    self._end_keys(pending, row)
        return len(over)

    def _end_keys(self, pending: Transaction, over: Row) -> None:
        owner, organisation = str(over["owner"]), str(over["organisation"])
        # A centre is told of its services' incidents whether or not it stands in for them.
        if owner in self._record.roster.under.get(OrganisationId(organisation), ()):
            return
        for row in pending.rows(SHARED, {"node": over["node"], "ended": 0}):
            if row["organisation"] == organisation and str(row["key"]).startswith(f"{owner}/"):
                pending.put(SHARED, {**row, "waits": 0, "ended": 1})

    def _hand(
        self,
        owner: OrganisationId,
        receiver: Receiver,
        reached: str,
        commit: Callable[[list[Request]], Sequence[Outcome]],
    ) -> int:
        """Hand on what is open among the next subjects, until nothing is left of it."""
        store = self._record.store
        found = store.subjects_after(owner, reached, SUBJECTS_PER_TURN)
        subjects = [subject for whose, subject in found if whose == owner]
        left = [each for each in subjects if self._has_open(owner, each, receiver)]
        if left:
            actor = Actor(organisation=owner, function=MACHINE)
            asked = [
                Request(
                    owner=owner,
                    actor=actor,
                    content=HandOpen(
                        about=Subject(each),
                        organisation=receiver.organisation,
                        node=receiver.node,
                    ),
                )
                for each in left
            ]
            for subject, outcome in zip(left, commit(asked), strict=True):
                if not isinstance(outcome, Done):
                    self._give_up(owner, subject, receiver, outcome)
            return len(left)
        is_last = len(subjects) < len(found) or len(found) < SUBJECTS_PER_TURN
        row: Row = {
            "owner": owner,
            "organisation": receiver.organisation,
            "node": receiver.node,
            "reached": ALL if is_last else subjects[-1],
        }
        with self._record.transaction() as pending:
            pending.put(HANDED, row)
        return 1

    def _has_open(self, owner: OrganisationId, subject: str, receiver: Receiver) -> bool:
        if (owner, subject, receiver.node) in self._given_up:
            return False
        history = self._record.store.history(owner, subject)
        return bool(to_hand(self._record, None, history, receiver.organisation))

    def _give_up(
        self, owner: OrganisationId, subject: str, receiver: Receiver, outcome: Outcome
    ) -> None:
        self._given_up.add((owner, subject, receiver.node))
        why = outcome.code if isinstance(outcome, Refused) else "failed"
        with self._record.transaction() as pending:
            self._record.note_evidence(
                pending,
                sort="not_shared",
                what=f"{subject} {receiver.node}",
                says=f"{subject} of {owner} could not be told to {receiver.node}: {why}",
                at_ms=self._record.clock.last.ms,
            )
