# SPDX-License-Identifier: Apache-2.0
"""What the handlers of calls work with: what is to be asked of an incident, and what it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import msgspec

from bavn.capabilities.calls.facts import KINDS, QuestionAnswered
from bavn.capabilities.calls.model.documentation import Lack, Missing, missing
from bavn.capabilities.calls.model.protocols import Effect, Protocol, Question, applies
from bavn.capabilities.calls.ports import Called, Calling
from bavn.capabilities.calls.views import ANSWERS, DOCUMENTATION, since_ms
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kinds
from bavn.journal.reader import Query
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.instants import instant_of

_KINDS = Kinds(KINDS)
# How long somebody is asked for what an incident lacked when it was closed.
CLOSED_DAYS = 7
# What nobody has mended by now is a list for the day, and no longer for the night.
MISSING_LIMIT = 200


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given: in words it may be read by who may read private texts."""

    protocol: str
    version: int
    question: str
    answer: str | None
    incident_type: str | None
    urgency: str | None
    sealed: Sealed | None
    owner: OrganisationId
    at_ms: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the page shows it: whether it is to be asked yet, and what was answered."""

    question: Question
    given: Said | None
    is_open: bool


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that lacks something."""

    incident: str
    owner: OrganisationId
    is_open: bool
    missing: tuple[Missing, ...]


@dataclass(frozen=True, kw_only=True)
class Room:
    """What others know, and how what was told is read. Made once for a world that is served."""

    around: Calling
    query: Query

    def protocol(self, call: Call, called: Called) -> Protocol | None:
        """The protocol to follow for an incident as it stands."""
        return self.around.protocols.for_type(called.type, self.around.day(call.now))

    def given(self, call: Call, called: Called) -> list[Said]:
        """The last answer to each question, the earliest first."""
        subject = f"incident:{called.id}"
        rows = self.query.rows(call.reader, ANSWERS, {"subject": subject})
        # An owner and its area's centre have a row each: the same answer.
        found = {(row["protocol"], row["question"]): _given(row) for row in rows}
        return sorted(found.values(), key=lambda each: (each.at_ms, each.question))

    def steps(self, protocol: Protocol | None, given: Sequence[Said]) -> list[Step]:
        """The questions of a protocol in their order, with what was answered."""
        if protocol is None:
            return []
        by = {each.question: each for each in given if each.protocol == protocol.code}
        answers = {code: each.answer for code, each in by.items()}
        return [
            Step(question=each, given=by.get(each.code), is_open=applies(each, answers))
            for each in protocol.questions
        ]

    def before(self, call: Call, called: Called, ref: str | None) -> QuestionAnswered | None:
        """What the same letter was kept as, when it has come before; None when it is new."""
        if ref is None:
            return None
        for item in self.query.history(call.reader, called.service, f"incident:{called.id}"):
            sender = item.fact.sender
            if sender is not None and (sender.sender, sender.ref) == (call.sender, ref):
                body = _KINDS.read(item.fact)
                return body if isinstance(body, QuestionAnswered) else None
        return None

    def effect(self, given: Said) -> Effect | None:
        """What an answer stands for, in the version that it was given to."""
        protocol = self.around.protocols.of(given.protocol, given.version)
        question = None if protocol is None else protocol.question(given.question)
        answer = None if question is None else question.answer(given.answer)
        return None if answer is None else answer.effect

    def lacking_of(self, call: Call, incident: str) -> list[Missing]:
        """What an incident lacks, as far as its own service's node knows; nothing for others."""
        subject = f"incident:{incident}"
        if not is_subject(subject):
            return []
        rows = self.query.rows(call.reader, DOCUMENTATION, {"subject": subject})
        return [each for row in rows for each in self._missing(row, call)]

    def lacking(self, call: Call) -> list[Lacking]:
        """The caller's incidents that lack something, those that are open first."""
        where: Row = {"is_lacking": 1, "state": "open"}
        rows = self.query.rows(call.reader, DOCUMENTATION, where)
        today = call.now.date()
        for days in range(CLOSED_DAYS + 1):
            on = (today - timedelta(days=days)).isoformat()
            rows += self.query.rows(call.reader, DOCUMENTATION, {"is_lacking": 1, "closed_on": on})
        found = [
            Lacking(
                incident=str(row["subject"]).partition(":")[2],
                owner=OrganisationId(str(row["owner"])),
                is_open=row["state"] == "open",
                missing=tuple(lacks),
            )
            for row in rows
            if row["owner"] in call.organisations
            if (lacks := self._missing(row, call))
        ]
        return sorted(found, key=lambda each: (not each.is_open, each.missing[0].since))

    def wanting(self, call: Call) -> Sequence[Attention]:
        """What is asked for by now, for the centre's board."""
        return [
            Attention(
                id=f"calls.missing:{each.incident}:{one.code}",
                text=f"calls.wants.{one.code}",
                values={"incident": each.incident},
                since=one.since,
                about=Subject(f"incident:{each.incident}"),
                path=f"/incidents/{each.incident}",
                service=each.owner,
            )
            for each in self.lacking(call)[:MISSING_LIMIT]
            for one in each.missing
            if one.is_asked_for
        ]

    def _missing(self, row: Row, call: Call) -> list[Missing]:
        lacks = [
            (Lack(each), instant_of(since_ms(row, Lack(each))))
            for each in str(row["lacks"]).split()
        ]
        return missing(lacks, str(row["by"]), self.around.wants, call.now)


def _given(row: Row) -> Said:
    sealed, key = row["text_sealed"], row["text_key"]
    return Said(
        protocol=str(row["protocol"]),
        version=int(str(row["protocol_version"])),
        question=str(row["question"]),
        answer=None if row["answer"] is None else str(row["answer"]),
        incident_type=None if row["incident_type"] is None else str(row["incident_type"]),
        urgency=None if row["urgency"] is None else str(row["urgency"]),
        sealed=None if sealed is None else Sealed(sealed=str(sealed), key=str(key)),
        owner=OrganisationId(str(row["owner"])),
        at_ms=int(str(row["answered_at_ms"])),
    )


RoomGiven: TypeAlias = Given[Room]
