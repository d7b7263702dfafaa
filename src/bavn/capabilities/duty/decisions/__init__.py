# SPDX-License-Identifier: Apache-2.0
"""How what is asked of duty is decided: each a pure function."""

import re
from collections.abc import Sequence

from bavn.capabilities.duty.facts import (
    CallEnded,
    NumberCalled,
    TalkGroupAssigned,
    TalkGroupReleased,
    TalkGroupRemoved,
    TalkGroupSet,
    WatchRemoved,
    WatchSet,
)
from bavn.capabilities.duty.model.lists import span_faults
from bavn.capabilities.duty.model.requests import (
    AssignTalkGroup,
    CallNumber,
    EndCall,
    ReleaseTalkGroup,
    RemoveTalkGroup,
    SetTalkGroup,
    SetWatches,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import Subject
from bavn.kernel.refusal import Refused

# Another incident has the talk group as well.
ELSEWHERE = "elsewhere"
GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TEXT_CHARACTERS_LIMIT = 120


def set_watches(
    known: frozenset[str], request: SetWatches, context: Context
) -> Sequence[Draft] | Refused:
    """Keep watches, each name and number sealed under the watch's own key; end others."""
    if any(span_faults(each.begins_at, each.ends_at) for each in request.watches):
        return Refused(
            code="watch_has_no_length",
            says="A watch ends after it begins, and within a year.",
            try_instead="Correct its times.",
        )
    gone = [each for each in request.removed if each in known]
    drafts = [
        Draft(body=WatchRemoved(), about=(watch_subject(each),), happened_at=context.now)
        for each in gone
    ]
    for each in request.watches:
        body = WatchSet(
            function=each.function,
            organisation=each.organisation,
            begins_at=each.begins_at,
            ends_at=each.ends_at,
            place=each.place,
            basis=each.basis,
        )
        seal = {"name": each.name, "number": each.number}
        drafts.append(
            Draft(body=body, about=(watch_subject(each.id),), happened_at=context.now, seal=seal)
        )
    return drafts


def call_number(watch: Row | None, request: CallNumber, context: Context) -> list[Draft] | Refused:
    """Keep that somebody is being called."""
    if watch is None:
        return no_such_watch()
    about = [watch_subject(request.watch)]
    if request.incident is not None:
        about.append(Subject(f"incident:{request.incident}"))
    body = NumberCalled(call=request.call, incident=request.incident)
    return [Draft(body=body, about=tuple(about), happened_at=context.now)]


def end_call(call: Row | None, request: EndCall, context: Context) -> list[Draft] | Refused:
    """Keep whether it was answered; said twice the later word holds."""
    if call is None:
        return Refused(
            code="no_such_call",
            says="There is no such call.",
            try_instead="Look at the calls on the page of the duty.",
        )
    if call["answered"] == int(request.answered):
        return []
    body = CallEnded(call=request.call, answered=request.answered)
    return [Draft(body=body, about=(Subject(str(call["subject"])),), happened_at=context.now)]


def set_group(_state: None, request: SetTalkGroup, context: Context) -> list[Draft] | Refused:
    """Keep a talk group."""
    fits = GROUP.fullmatch(request.id) and 0 < len(request.name) <= TEXT_CHARACTERS_LIMIT
    if not fits or len(request.use) > TEXT_CHARACTERS_LIMIT:
        return Refused(
            code="talk_group_unusable",
            says="A talk group has an id of letters and digits, and a name.",
            try_instead="Write them shorter, on one line.",
        )
    body = TalkGroupSet(name=request.name, use=request.use, basis=request.basis)
    return [Draft(body=body, about=(group_subject(request.id),), happened_at=context.now)]


def remove_group(
    known: Row | None, request: RemoveTalkGroup, context: Context
) -> list[Draft] | Refused:
    """Have it no more; incidents that have it keep it until they give it up."""
    if known is None:
        return no_such_group(request.id)
    about = (group_subject(request.id),)
    return [Draft(body=TalkGroupRemoved(), about=about, happened_at=context.now)]


def assign(
    state: tuple[Sequence[Row], Sequence[Row]], request: AssignTalkGroup, context: Context
) -> list[Draft] | Refused:
    """Give it to the incident; that another has it too is flagged, never refused."""
    groups, uses = state
    if not groups:
        return no_such_group(request.group)
    now = [row["incident"] for row in uses if row["released_at_ms"] is None]
    if request.incident in now:
        return []
    body = TalkGroupAssigned(group=request.group, flags=(ELSEWHERE,) if now else ())
    return [Draft(body=body, about=_about(request, request.group), happened_at=context.now)]


def release(uses: Sequence[Row], request: ReleaseTalkGroup, context: Context) -> Sequence[Draft]:
    """Take from the incident what it has; what it has not is no fault."""
    held = [str(row["subject"]).partition(":")[2] for row in uses if row["released_at_ms"] is None]
    return [
        Draft(
            body=TalkGroupReleased(group=each),
            about=_about(request, each),
            happened_at=context.now,
        )
        for each in held
        if request.group in ("", each)
    ]


def no_such_watch() -> Refused:
    """There is no such watch, or it is not the caller's to know of."""
    return Refused(
        code="no_such_watch",
        says="There is no such watch here.",
        try_instead="Look at who has the duty now.",
    )


def no_such_group(group: str) -> Refused:
    """There is no such talk group."""
    return Refused(
        code="no_such_talk_group",
        says=f"There is no talk group {group}.",
        try_instead="Choose one from the list, or add it first.",
        values={"group": group},
    )


def watch_subject(id_: str) -> Subject:
    """What a fact about a watch is about."""
    return Subject(f"watch:{id_}")


def group_subject(id_: str) -> Subject:
    """What a fact about a talk group is about."""
    return Subject(f"talkgroup:{id_}")


def _about(request: AssignTalkGroup | ReleaseTalkGroup, group: str) -> tuple[Subject, ...]:
    return (Subject(f"incident:{request.incident}"), group_subject(group))
