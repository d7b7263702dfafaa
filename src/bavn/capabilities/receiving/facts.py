# SPDX-License-Identifier: Apache-2.0
"""What can have happened to coded alarms, for the service and whoever stands in for it.

The incident itself is told by operations, the order by dispatch. Here stands how it came in.
"""

from datetime import date

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope


class AlarmTaken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coded alarm has become an incident. About the incident.

    `told_code` is the code as it was sent, and `type` what it stands for; `number` is the alarm
    number, and `object` what it names. `sends` tells that a rule had it send itself.
    """

    told_code: str | None = None
    type: str | None = None
    number: str | None = None
    object: str | None = None
    by_hand: bool = False
    sends: bool = False


class AlarmRepeated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The same alarm has come in again while its incident was open. About the incident."""

    told_code: str | None = None
    number: str | None = None


class AlarmAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a rule that had an alarm send itself: `sent`, or why not. About the incident."""

    result: str
    units: tuple[str, ...] = ()


class RuleSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether alarms of a type send themselves, and with whose units. About `alarm_rule:<type>`.

    A later one replaces it. `units` is `own` or `any`. `setter` is the account of the person.
    """

    sends: bool
    units: str = "own"
    valid_from: date
    valid_to: date | None = None
    setter: str
    reason: Sealed | None = None


class CodeMapped(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What another system's code stands for; nothing any more without a type.

    About `alarm_code:<code>`.
    """

    type: str | None = None
    setter: str


_OWN = frozenset({Scope.OWN})
ALARM_TAKEN = Kind(
    name="receiving.alarm_taken",
    version=1,
    body=AlarmTaken,
    scopes=_OWN,
    alarm=True,
    for_stand_in=True,
)
ALARM_REPEATED = Kind(
    name="receiving.alarm_repeated",
    version=1,
    body=AlarmRepeated,
    scopes=_OWN,
    alarm=True,
    for_stand_in=True,
)
ALARM_ANSWERED = Kind(
    name="receiving.alarm_answered",
    version=1,
    body=AlarmAnswered,
    scopes=_OWN,
    alarm=True,
    for_stand_in=True,
)
RULE_SET = Kind(
    name="receiving.rule_set",
    version=1,
    body=RuleSet,
    scopes=_OWN,
    for_stand_in=True,
)
CODE_MAPPED = Kind(
    name="receiving.code_mapped",
    version=1,
    body=CodeMapped,
    scopes=_OWN,
    for_stand_in=True,
)
KINDS = (ALARM_TAKEN, ALARM_REPEATED, ALARM_ANSWERED, RULE_SET, CODE_MAPPED)
