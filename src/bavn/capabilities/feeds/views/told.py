# SPDX-License-Identifier: Apache-2.0
"""Feeds as they are read."""

from datetime import datetime

import msgspec

from bavn.capabilities.feeds.model.faults import field_of, reason_of, text_of, value_of
from bavn.capabilities.feeds.model.tally import Skew
from bavn.frame.call import Call
from bavn.frame.feeds import KeptFault


class SortNow(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender has sent of one sort.

    `silent_since` is there for one that normally speaks and has fallen silent, and `silent_after_s`
    is how long it may be quiet before it is called so.
    """

    sort: str
    first_at: datetime
    last_at: datetime
    hour_count: int
    count: int
    repeated_count: int
    disordered_count: int
    late_count: int
    fault_count: int
    clock: Skew
    silent_after_s: int
    silent_since: datetime | None = None


class SenderNow(msgspec.Struct, frozen=True, kw_only=True):
    """A system that sends, and for whom it acts."""

    name: str
    organisations: tuple[str, ...]
    last_at: datetime
    sorts: tuple[SortNow, ...]


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """What a system calls an incident, or has called it; `is_now` for what it says today."""

    number: str
    system: str
    at: datetime
    is_now: bool = True


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """An open incident of another system that nobody has said anything of for long."""

    incident: str
    since: datetime


class FaultNow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that could not be taken; `row` is as it came, and `is_cut` where it was too long.

    `is_hidden` for a reader who may not open texts that may name people: row and value are empty.

    `reason` is one of a fixed set, and `try_instead` says what to do, in the caller's language.
    """

    sender: str
    sort: str
    where: str
    field: str
    value: str
    reason: str
    says: str
    try_instead: str
    row: str
    is_cut: bool
    is_hidden: bool = False
    first_at: datetime
    last_at: datetime
    count: int


def fault_now(call: Call, fault: KeptFault) -> FaultNow:
    """A row with what is wrong and what to do, in the caller's words.

    What stood in it only for those who may open texts that may name people.
    """
    reason, may_see = reason_of(fault), call.reader.personal
    return FaultNow(
        sender=fault.sender,
        sort=fault.sort,
        where=fault.where,
        field=field_of(fault.where),
        value=value_of(fault) if may_see else "",
        reason=reason,
        # What the sender was told may quote the row.
        says=fault.says if may_see else "",
        try_instead=call.say(f"feeds.todo.{reason}"),
        row=text_of(fault.raw) if may_see else "",
        is_cut=fault.is_cut,
        is_hidden=not may_see,
        first_at=fault.first_at,
        last_at=fault.last_at,
        count=fault.count,
    )
