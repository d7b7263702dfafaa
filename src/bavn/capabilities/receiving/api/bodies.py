# SPDX-License-Identifier: Apache-2.0
"""What comes in and goes out over the programming interface."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from bavn.capabilities.receiving.decisions.sending import Sent
from bavn.capabilities.receiving.model.here import AlarmHere
from bavn.capabilities.receiving.model.rule import Rule, Units
from bavn.capabilities.receiving.ports import AtObject
from bavn.journal.decision import REF_CHARACTERS_LIMIT

Ref = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=REF_CHARACTERS_LIMIT,
        description="The sender's own number of this request; a repeat is recognised by it.",
    ),
]
Code = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
Type = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}-[A-Z]{3}$")]
REASON_LIMIT = 2_000


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent: a field that nobody knows is refused, never dropped."""


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be read or kept, and what was done without it."""

    where: str
    says: str


class Lacks(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing is proposed."""

    code: str
    says: str


class TakenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a coded alarm became. It stands on the board whatever else is in here.

    `repeated` tells that it was there before; `repeat_count` how often it has come again. `object`
    is what it is at, with its card as far as the sender may read it. `recommendation` has the pick
    list's lines in `asked`; `lacks` says why there is none. `sent` is there where a rule had it
    send itself.
    """

    id: str
    service: str
    area: str | None
    owner_by: str | None
    type: str | None
    alarm_number: str | None
    repeated: bool
    repeat_count: int
    at: AtObject | None
    object: Any
    recommendation: Any
    lacks: Lacks | None
    sent: Sent | None
    problems: tuple[Wrong, ...]


class AlarmAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident came in; nothing where it was no coded alarm of the caller's."""

    alarm: AlarmHere | None


class RuleBody(Body, frozen=True, kw_only=True):
    """Whether alarms of a type send themselves, with whose units, from when, and why."""

    sends: bool
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_LIMIT)]
    units: Units = Units.OWN
    valid_from: date | None = None
    valid_to: date | None = None
    sender_ref: Ref | None = None


class CodeBody(Body, frozen=True, kw_only=True):
    """Which type of incident a code stands for; none any more without a type."""

    type: Type | None
    sender_ref: Ref | None = None


class RuleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, who set it (a function), and whether it holds today."""

    rule: Rule
    by: str
    set_at: datetime
    holds: bool


class CodeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a code stands for."""

    code: str
    type: str


class RuleList(msgspec.Struct, frozen=True, kw_only=True):
    """A service's rules and codes."""

    rules: list[RuleAnswer]
    codes: list[CodeAnswer]


class DoneAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """It is done; `repeated` tells that it had been before."""

    id: str
    facts: tuple[str, ...]
    repeated: bool
