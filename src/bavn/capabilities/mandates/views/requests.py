# SPDX-License-Identifier: Apache-2.0
"""Mandates that are asked for, as they are read: what waits, what was given, what was not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

import msgspec

from bavn.capabilities.mandates.ports import Around, Asking
from bavn.capabilities.mandates.views import ANSWERS, DELEGATIONS, REQUESTS
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.given import Given
from bavn.journal.fact import Sealed
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row, Value
from bavn.kernel.identity import FactId, OrganisationId, Subject, is_subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

ANSWER = "mandates.answer_ask"
# Own calibration: so long an answer stands on the board of whoever asked.
TOLD_FOR = timedelta(minutes=15)


class State(StrEnum):
    """How far something that was asked for has come."""

    WAITS = "waits"
    GIVEN = "given"
    NOT_GIVEN = "not_given"
    WITHDRAWN = "withdrawn"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate that a function asked for: of whom, for which act, and what came of it."""

    id: str
    asker: OrganisationId
    function: str
    of: OrganisationId
    act: str
    at: OrganisationId
    page: str | None
    incident: str | None
    asked_at: datetime
    state: State
    answered_at: datetime | None = None
    answered_by: str | None = None
    because: str | None = None
    delegation: str | None = None
    until: datetime | None = None


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: None where nothing was; sealed where the caller may not read it."""

    why: str | None = None
    why_is_sealed: bool = False
    answer: str | None = None
    answer_is_sealed: bool = False


class Requests:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around, asking: Asking) -> None:
        self.around = around
        self.asking = asking
        self._query = query

    def all(self, call: Call) -> list[Asked]:
        """What the caller's organisations ask for, and are asked; the latest first."""
        rows = self._rows(call)
        if not rows:
            return []
        # Looked up at once: a board asks for this at every turn.
        answers = _by_subject(self._query.rows(call.reader, ANSWERS))
        ends = self._ends()
        found = [_asked(row, answers.get(row["subject"], ()), ends) for row in rows]
        return sorted(found, key=lambda each: (each.asked_at, each.id), reverse=True)

    def the_one(self, call: Call, asked: str) -> Asked:
        """One; ends the handler when there is none."""
        subject = f"mandate_request:{asked}"
        rows = self._rows(call, {"subject": subject}) if is_subject(subject) else []
        if not rows:
            raise Refusal(
                Refused(
                    code="mandate_not_asked",
                    says="Your organisation has no such request for a mandate.",
                    try_instead="Look at what is asked for.",
                    values={"asked": asked[:64]},
                )
            )
        return self._one(call, rows[0])

    def told_by(self, call: Call, fact: FactId) -> Asked:
        """What a fact asked for."""
        return self._one(call, self._rows(call, {"fact": fact})[0])

    def may_answer(self, call: Call, one: Asked) -> bool:
        """True when the caller may answer it, and it waits."""
        is_ours = one.of in call.organisations and one.state is State.WAITS
        return is_ours and self.around.may(call, ANSWER)

    async def texts(self, call: Call, desk: Desk, one: Asked) -> Texts:
        """What was written by the one and by the other."""
        subject: dict[str, Value] = {"subject": f"mandate_request:{one.id}"}
        asked = self._query.rows(call.reader, REQUESTS, subject)
        answered = [
            row for row in self._query.rows(call.reader, ANSWERS, subject) if row["owner"] == one.of
        ]
        why, why_is_sealed = await self._text(call, desk, asked, "why")
        answer, answer_is_sealed = await self._text(call, desk, answered, "text")
        return Texts(
            why=why,
            why_is_sealed=why_is_sealed,
            answer=answer,
            answer_is_sealed=answer_is_sealed,
        )

    def wanting(self, call: Call) -> Sequence[Attention]:
        """What is asked of the caller, loud where an incident waits for it; and what it was told.

        Whoever may not answer hears nothing of it here.
        """
        found = self.all(call)
        return [
            *(self._waits(call, each) for each in found if self.may_answer(call, each)),
            *(self._told(call, each) for each in found if self._is_news(call, each)),
        ]

    def _waits(self, call: Call, one: Asked) -> Attention:
        incident = self.incident_of(call, one)
        return Attention(
            id=f"mandates.asked:{one.id}",
            text="mandates.attention_asked",
            values=self._values(call, one),
            since=min(one.asked_at, call.now),
            about=Subject(f"mandate_request:{one.id}"),
            path=f"/mandates/requests/{one.id}",
            service=one.of,
            loud=incident is not None and incident[1],
        )

    def _told(self, call: Call, one: Asked) -> Attention:
        return Attention(
            id=f"mandates.answered:{one.id}",
            text=f"mandates.attention_{one.state.value}",
            values=self._values(call, one),
            since=min(one.answered_at or one.asked_at, call.now),
            about=Subject(f"mandate_request:{one.id}"),
            path=f"/mandates/requests/{one.id}",
            service=one.asker,
        )

    @staticmethod
    def _is_news(call: Call, one: Asked) -> bool:
        is_mine = one.asker in call.organisations and one.function == call.actor.function
        at = one.answered_at
        return is_mine and at is not None and call.now - at < TOLD_FOR

    def incident_of(self, call: Call, one: Asked) -> tuple[str, bool] | None:
        """What the incident that it is about is called, and whether it is open."""
        return None if one.incident is None else self.asking.incident(call, one.incident)

    def _values(self, call: Call, one: Asked) -> dict[str, str]:
        functions = dict(self.around.functions(call))
        organisations = dict(self.around.organisations(call))
        return {
            "function": functions.get(one.function, one.function),
            "asker": organisations.get(one.asker, one.asker),
            "act": self.around.act_name(call, one.act),
        }

    def _rows(self, call: Call, where: Mapping[str, Value] | None = None) -> list[Row]:
        # One row for each audience: the same, told to two.
        found = self._query.rows(call.reader, REQUESTS, where)
        return list({row["subject"]: row for row in found}.values())

    def _one(self, call: Call, row: Row) -> Asked:
        answers = self._query.rows(call.reader, ANSWERS, {"subject": row["subject"]})
        return _asked(row, answers, self._ends())

    def _ends(self) -> dict[tuple[str, str], datetime]:
        """When what was given ends, by who gave it and its number; nothing of what was ended."""
        return {
            (str(row["owner"]), str(row["subject"]).partition(":")[2]): _at(row["to_ms"])
            for row in self._query.rows(NOBODY, DELEGATIONS)
            if row["ended_at_ms"] is None
        }

    async def _text(
        self, call: Call, desk: Desk, rows: Sequence[Row], column: str
    ) -> tuple[str | None, bool]:
        row = next(iter(rows), None)
        if row is None or not row[column]:
            return None, False
        sealed = Sealed(sealed=str(row[column]), key=str(row["key_name"]))
        owner = OrganisationId(str(row["owner"]))
        text = await desk.reveal(call.reader, owner, sealed)
        return (text.reveal(), False) if isinstance(text, Private) else (None, True)


RequestsGiven: TypeAlias = Given[Requests]


def _asked(row: Row, answers: Sequence[Row], ends: Mapping[tuple[str, str], datetime]) -> Asked:
    one = Asked(
        id=str(row["subject"]).partition(":")[2],
        asker=OrganisationId(str(row["owner"])),
        function=str(row["by"]),
        of=OrganisationId(str(row["of"])),
        act=str(row["act"]),
        at=OrganisationId(str(row["at"])),
        page=_text_of(row["page"]),
        incident=_text_of(row["incident"]),
        asked_at=_at(row["asked_at_ms"]),
        state=State.WAITS if row["withdrawn_at_ms"] is None else State.WITHDRAWN,
    )
    # Another's word than that of the one that was asked is no answer.
    answer = next((each for each in answers if each["owner"] == one.of), None)
    if answer is None:
        return one
    delegation = _text_of(answer["delegation"])
    return msgspec.structs.replace(
        one,
        state=State.NOT_GIVEN if delegation is None else State.GIVEN,
        answered_at=_at(answer["answered_at_ms"]),
        answered_by=str(answer["by"]),
        because=_text_of(answer["because"]),
        delegation=delegation,
        until=None if delegation is None else ends.get((one.of, delegation)),
    )


def _by_subject(rows: Sequence[Row]) -> dict[Value, list[Row]]:
    found: dict[Value, list[Row]] = {}
    for row in rows:
        found.setdefault(row["subject"], []).append(row)
    return found


def _at(ms: object) -> datetime:
    return instant_of(int(str(ms)))


def _text_of(value: Value) -> str | None:
    return None if value is None else str(value)
