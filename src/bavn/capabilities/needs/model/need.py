# SPDX-License-Identifier: Apache-2.0
"""A need of a scene: its sorts, its answers, how it stands, and what it wants of the centre."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from bavn.capabilities.needs.facts import Wanted
from bavn.kernel.identity import OrganisationId

MINUTE = timedelta(minutes=1)
# By when something has to be there: as far ahead as one watch plans.
BY_MIN_MOST = 24 * 60


class Sort(StrEnum):
    """What is asked for."""

    UNITS = "units"
    RESOURCE = "resource"
    RELIEF = "relief"
    OTHER = "other"


class Answer(StrEnum):
    """What a centre may answer."""

    SEEN = "seen"
    SENT = "sent"
    PARTLY = "partly"
    CANNOT = "cannot"


class State(StrEnum):
    """How it stands with a need: not answered, as it was answered, or taken back."""

    ASKED = "asked"
    SEEN = "seen"
    SENT = "sent"
    PARTLY = "partly"
    CANNOT = "cannot"
    TAKEN_BACK = "taken_back"


class Because(StrEnum):
    """Why something cannot be sent."""

    ENGAGED = "engaged"
    NONE_NEAR = "none_near"
    NOT_OURS = "not_ours"
    NOT_GRANTED = "not_granted"
    OTHER = "other"


# In these somebody has still to do something about it.
WAITS = frozenset({State.ASKED, State.SEEN, State.PARTLY})


class RuleKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A sort of need as the country's table has it, and within how many minutes one is seen."""

    code: str
    danish: str
    english: str
    danish_hint: str = ""
    english_hint: str = ""
    seen_min: int
    basis: str = ""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: whose it is, by which function, when, and what it says.

    `text` is there for who may read it; `has_text` tells that there is one.
    """

    fact: str
    by: OrganisationId
    function: str
    at: datetime
    answer: str
    units: tuple[str, ...] = ()
    because: str | None = None
    has_text: bool = False
    text: str | None = None


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that was ordered to the incident, and when."""

    unit: str
    type: str
    at: datetime


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that the orders themselves give."""

    answer: Answer
    units: tuple[str, ...]


def last_answer(answers: Iterable[Answered]) -> Answered | None:
    """The one that holds: the last, but that somebody has looked takes no answer away."""
    return max(answers, key=_order, default=None)


def _order(told: Answered) -> tuple[bool, datetime, str]:
    return told.answer != Answer.SEEN, told.at, told.fact


def state_of(answers: Iterable[Answered], taken_back_at: datetime | None) -> State:
    """How it stands, whoever answered and in whatever order it was heard.

    An answer of a newer program that is not known here leaves it waiting.
    """
    if taken_back_at is not None:
        return State.TAKEN_BACK
    known = [each for each in answers if each.answer in frozenset(Answer)]
    last = last_answer(known)
    return State.ASKED if last is None else State(last.answer)


def is_loud(
    state: State, asked_at: datetime, now: datetime, *, urgent: bool, seen_min: int
) -> bool:
    """True for what is to be heard: nobody has seen it, and it is urgent or has waited too long."""
    return state is State.ASKED and (urgent or now - asked_at >= seen_min * MINUTE)


def proposed(
    wants: Sequence[Wanted], ordered: Iterable[Ordered], asked_at: datetime
) -> Proposed | None:
    """What to answer by what was ordered after it was asked for; None where nothing fits.

    A unit counts for one line, the earlier order first, and never beyond what was asked for.
    """
    free = sorted(
        (each for each in ordered if each.at >= asked_at), key=lambda each: (each.at, each.unit)
    )
    sent: list[str] = []
    is_whole = True
    for want in wants:
        fits = [each.unit for each in free if each.type == want.type and each.unit not in sent]
        sent += fits[: want.count]
        is_whole = is_whole and len(fits) >= want.count
    if not sent:
        return None
    return Proposed(answer=Answer.SENT if is_whole else Answer.PARTLY, units=tuple(sent))
