# SPDX-License-Identifier: Apache-2.0
"""What can be asked about coded alarms, and how it is decided: each a pure function.

What is kept of an alarm is on the alarm path, and always a fact. A rule is an order that is given
beforehand: it takes a person, a day and a reason.
"""

from collections.abc import Sequence

from bavn.capabilities.receiving.facts import (
    AlarmAnswered,
    AlarmRepeated,
    AlarmTaken,
    CodeMapped,
    RuleSet,
)
from bavn.capabilities.receiving.model.alarm import code_in
from bavn.capabilities.receiving.model.requests import (
    MapAlarmCode,
    NoteAlarm,
    NoteAnswer,
    NoteRepeat,
    SetAlarmRule,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import Subject, is_subject
from bavn.kernel.refusal import Refused


def incident_subject(incident: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{incident}")


def note_alarm(_state: None, request: NoteAlarm, context: Context) -> Sequence[Draft]:
    """How the incident came in."""
    body = AlarmTaken(
        told_code=request.told_code,
        type=request.type,
        number=request.number,
        object=request.object,
        by_hand=request.by_hand,
        sends=request.sends,
    )
    return [_draft(body, request, context)]


def note_repeat(_state: None, request: NoteRepeat, context: Context) -> Sequence[Draft]:
    """That it came again."""
    body = AlarmRepeated(told_code=request.told_code, number=request.number)
    return [_draft(body, request, context)]


def note_answer(_state: None, request: NoteAnswer, context: Context) -> Sequence[Draft]:
    """What came of the rule."""
    body = AlarmAnswered(result=request.result.value, units=request.units)
    about = (incident_subject(request.incident),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def set_rule(_state: None, request: SetAlarmRule, context: Context) -> Sequence[Draft] | Refused:
    """The rule as it is from its day on."""
    subject = Subject(f"alarm_rule:{request.type}")
    refused = _unsigned(request.setter)
    if not is_subject(subject):
        refused = refused or _no_code(request.type)
    if request.valid_to is not None and request.valid_to <= request.valid_from:
        refused = refused or Refused(
            code="rule_never_holds",
            says="The rule ends before it begins.",
            try_instead="Mend the days.",
        )
    if not request.reason.reveal().strip():
        refused = refused or Refused(
            code="reason_is_empty",
            says="There is no reason in it.",
            try_instead="Write why alarms of this type are to send themselves, or not.",
        )
    if refused is not None:
        return refused
    body = RuleSet(
        sends=request.sends,
        units=request.units.value,
        valid_from=request.valid_from,
        valid_to=request.valid_to,
        setter=request.setter,
    )
    return [
        Draft(
            body=body,
            about=(subject,),
            happened_at=context.now,
            seal={"reason": request.reason},
        )
    ]


def map_code(_state: None, request: MapAlarmCode, context: Context) -> Sequence[Draft] | Refused:
    """What the code stands for from now on."""
    code = code_in(request.code)
    refused = _unsigned(request.setter)
    if code is None:
        return refused or _no_code(request.code)
    if refused is not None:
        return refused
    body = CodeMapped(type=request.type, setter=request.setter)
    about = (Subject(f"alarm_code:{code}"),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def _draft(
    body: AlarmTaken | AlarmRepeated, request: NoteAlarm | NoteRepeat, context: Context
) -> Draft:
    at = min(request.at or context.now, context.now)
    return Draft(body=body, about=(incident_subject(request.incident),), happened_at=at)


def _unsigned(setter: str) -> Refused | None:
    """A machine sets no rule for itself."""
    if setter.strip():
        return None
    return Refused(
        code="rule_needs_a_person",
        says="Rules and codes are set by a person with a name.",
        try_instead="Sign in as yourself, and set it.",
    )


def _no_code(code: str) -> Refused:
    return Refused(
        code="no_such_code",
        says=f"{code[:32]} is no code.",
        try_instead="A code has letters, digits and -._, 32 at most.",
        values={"code": code[:32]},
    )
