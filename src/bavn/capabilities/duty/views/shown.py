# SPDX-License-Identifier: Apache-2.0
"""The duty as it is read: watches with names where they may be read, calls, and talk groups."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from bavn.capabilities.duty.model.requests import GivenWatch
from bavn.capabilities.duty.model.roster import Gap, Post, Watch, posts
from bavn.capabilities.duty.views import CALLS, GROUPS, USES, WATCHES
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.fact import Sealed
from bavn.journal.reader import Query
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private

# Gaps are shown this far ahead: by then the next watch has looked as well.
AHEAD = timedelta(hours=48)
# Calls that nobody has said the outcome of are asked about for so long.
ASKED_FOR = timedelta(hours=12)
# A watch that begins in the next month is found from the last day of this one on.
_A_MONTH = timedelta(days=31)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a watch. `name` and `number` are None for a reader who may not read them."""

    watch: str
    place: int
    begins_at: datetime
    ends_at: datetime
    name: str | None = None
    number: str | None = None


class PostShown(msgspec.Struct, frozen=True, kw_only=True):
    """A function of an organisation, and who has its duty."""

    function: str
    organisation: str
    is_empty: bool
    now: tuple[Person, ...]
    next_at: datetime | None
    gaps: tuple[Gap, ...]
    is_calibrated: bool = False


class CallShown(msgspec.Struct, frozen=True, kw_only=True):
    """A call that somebody began, and whether it was answered."""

    call: str
    watch: str
    function: str
    organisation: str
    incident: str | None
    by: str
    called_at: datetime
    answered: bool | None


class GroupShown(msgspec.Struct, frozen=True, kw_only=True):
    """A talk group, and the incidents that have it now."""

    id: str
    name: str
    use: str
    owner: OrganisationId
    incidents: tuple[str, ...]
    is_calibrated: bool = False


def watches_of(call: Call, query: Query, at: datetime) -> list[Watch]:
    """The watches of whom the caller acts for, of this month and those beside it."""
    found: dict[str, Watch] = {}
    days = (at - _A_MONTH, at, at + _A_MONTH)
    for owner in sorted(call.organisations):
        for month in {f"{day.year:04}-{day.month:02}" for day in days}:
            where: dict[str, Value] = {"owner": owner, "month": month}
            for row in query.rows(call.reader, WATCHES, where):
                watch = watch_of(row)
                found[watch.id] = watch
    return list(found.values())


def watches_beside(
    call: Call, query: Query, owner: OrganisationId, given: Iterable[GivenWatch]
) -> list[Watch]:
    """What an organisation's roster holds in the months that given watches reach into."""
    moments = {(each.begins_at.year, each.begins_at.month): each.begins_at for each in given}
    found: dict[str, Watch] = {}
    for at in moments.values():
        found |= {each.id: each for each in watches_of(call, query, at)}
    return [each for each in found.values() if each.name.key.startswith(f"{owner}/")]


def watch_row(call: Call, query: Query, id_: str) -> Row | None:
    """The watch of this id, where the caller may know of it."""
    where: dict[str, Value] = {"subject": f"watch:{id_}", "month": ""}
    return next(iter(query.rows(call.reader, WATCHES, where)), None)


def watch_of(row: Row) -> Watch:
    """A row as a watch."""
    key = str(row["key_name"])
    return Watch(
        id=str(row["subject"]).partition(":")[2],
        function=str(row["function"]),
        organisation=str(row["organisation"]),
        begins_at=instant_of(_int(row["begins_at_ms"])),
        ends_at=instant_of(_int(row["ends_at_ms"])),
        place=_int(row["place"]),
        basis=str(row["basis"]),
        name=Sealed(sealed=str(row["name"]), key=key),
        number=Sealed(sealed=str(row["number"]), key=key),
    )


async def duty_now(call: Call, desk: Desk, wanted: str = "") -> list[PostShown]:
    """Who has the duty now; each name and number that is read is logged as read.

    `wanted` is looked for in functions, organisations and names.
    """
    found = []
    for post in posts(watches_of(call, desk.query, call.now), call.now, AHEAD):
        shown = await _post(call, desk, post)
        if _has(shown, wanted):
            found.append(shown)
    return found


async def _post(call: Call, desk: Desk, post: Post) -> PostShown:
    people = [
        Person(
            watch=each.id,
            place=each.place,
            begins_at=each.begins_at,
            ends_at=each.ends_at,
            name=await text_of(call, desk, each.name),
            number=await text_of(call, desk, each.number),
        )
        for each in post.now
    ]
    return PostShown(
        function=post.function,
        organisation=post.organisation,
        is_empty=post.is_empty,
        now=tuple(people),
        next_at=None if post.following is None else post.following.begins_at,
        gaps=post.gaps,
        is_calibrated=any(each.basis.startswith("own calibration") for each in post.now),
    )


async def text_of(call: Call, desk: Desk, sealed: Sealed) -> str | None:
    """What is sealed, for who may read it."""
    owner = OrganisationId(sealed.key.partition("/")[0])
    text = await desk.reveal(call.reader, owner, sealed)
    return text.reveal() if isinstance(text, Private) else None


def _has(post: PostShown, wanted: str) -> bool:
    words = wanted.casefold().split()
    names = [each.name or "" for each in post.now]
    text = " ".join((post.function, post.organisation, *names)).casefold()
    return all(word in text for word in words)


def calls_of(call: Call, query: Query) -> list[CallShown]:
    """The last hours' calls of whom the caller acts for, the newest first."""
    since = call.now - ASKED_FOR
    rows = [
        row
        for owner in sorted(call.organisations)
        for day in {since.date(), call.now.date()}
        for row in query.rows(call.reader, CALLS, {"owner": owner, "called_on": day.isoformat()})
    ]
    found = [each for row in rows if (each := _call(call, query, row)).called_at >= since]
    return sorted(found, key=lambda each: each.called_at, reverse=True)


def call_row(call: Call, query: Query, id_: str) -> Row | None:
    """The call of this id, where the caller may know of it."""
    return next(iter(query.rows(call.reader, CALLS, {"call": id_})), None)


def _call(call: Call, query: Query, row: Row) -> CallShown:
    watch = str(row["subject"]).partition(":")[2]
    known = watch_row(call, query, watch)
    answered = row["answered"]
    return CallShown(
        call=str(row["call"]),
        watch=watch,
        function="" if known is None else str(known["function"]),
        organisation="" if known is None else str(known["organisation"]),
        incident=None if row["incident"] is None else str(row["incident"]),
        by=str(row["by"]),
        called_at=instant_of(_int(row["called_at_ms"])),
        answered=None if answered is None else bool(answered),
    )


def groups(call: Call, query: Query) -> list[GroupShown]:
    """All talk groups, the caller's own first, with the incidents that have them."""
    held: dict[str, list[str]] = {}
    for row in query.rows(call.reader, USES):
        if row["released_at_ms"] is None:
            held.setdefault(str(row["subject"]), []).append(str(row["incident"]))
    found = [
        GroupShown(
            id=str(row["subject"]).partition(":")[2],
            name=str(row["name"]),
            use=str(row["use"]),
            owner=OrganisationId(str(row["owner"])),
            incidents=tuple(sorted(held.get(str(row["subject"]), ()))),
            is_calibrated=str(row["basis"]).startswith("own calibration"),
        )
        for row in query.rows(call.reader, GROUPS)
    ]
    return sorted(
        found,
        key=lambda each: (each.owner not in call.organisations, each.owner, each.name, each.id),
    )


def groups_of(call: Call, query: Query, incident: str) -> list[GroupShown]:
    """The talk groups that an incident has."""
    uses = [
        row
        for row in query.rows(call.reader, USES, {"incident": incident})
        if row["released_at_ms"] is None
    ]
    return [_used(call, query, str(row["subject"])) for row in _once(uses)]


def _used(call: Call, query: Query, subject: str) -> GroupShown:
    known = query.rows(call.reader, GROUPS, {"subject": subject})
    uses = query.rows(call.reader, USES, {"subject": subject})
    id_ = subject.partition(":")[2]
    name, use, owner, basis = (
        (known[0]["name"], known[0]["use"], known[0]["owner"], known[0]["basis"])
        if known
        else (id_, "", "", "")
    )
    return GroupShown(
        id=id_,
        name=str(name),
        use=str(use),
        owner=OrganisationId(str(owner)),
        incidents=tuple(
            sorted({str(row["incident"]) for row in uses if row["released_at_ms"] is None})
        ),
        is_calibrated=str(basis).startswith("own calibration"),
    )


def _once(rows: Iterable[Row]) -> list[Row]:
    return list({str(row["subject"]): row for row in rows}.values())


def _int(value: Value) -> int:
    assert isinstance(value, int), "the view says so"
    return value
