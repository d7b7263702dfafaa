# SPDX-License-Identifier: Apache-2.0
"""What can be asked about coded alarms."""

from datetime import date, datetime

import msgspec

from bavn.capabilities.receiving.model.rule import Result, Units
from bavn.kernel.private import Private


class NoteAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """Keep how an incident came in."""

    incident: str
    told_code: str | None = None
    type: str | None = None
    number: str | None = None
    object: str | None = None
    by_hand: bool = False
    sends: bool = False
    # When it sounded, where its sender says so; else when it came.
    at: datetime | None = None


class NoteRepeat(msgspec.Struct, frozen=True, kw_only=True):
    """Keep that the same alarm has come in again."""

    incident: str
    told_code: str | None = None
    number: str | None = None
    at: datetime | None = None


class NoteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Keep what came of a rule that had an alarm send itself."""

    incident: str
    result: Result
    units: tuple[str, ...] = ()


class SetAlarmRule(msgspec.Struct, frozen=True, kw_only=True):
    """Say whether alarms of a type send themselves, from a day on, and why."""

    type: str
    sends: bool
    units: Units
    valid_from: date
    valid_to: date | None
    setter: str
    reason: Private


class MapAlarmCode(msgspec.Struct, frozen=True, kw_only=True):
    """Say what another system's code stands for; nothing any more without a type."""

    code: str
    type: str | None
    setter: str
