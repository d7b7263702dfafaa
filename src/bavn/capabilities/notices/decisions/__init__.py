# SPDX-License-Identifier: Apache-2.0
"""What can be asked of notices, and how it is decided: each a pure function.

Whether kind, step and municipalities are the country's is looked at by whoever asks, who knows it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeAlias

import msgspec

from bavn.capabilities.notices.facts import (
    LINK_CHARACTERS_LIMIT,
    NUMBER_CHARACTERS_LIMIT,
    POINTS_LIMIT,
    SOURCE_CHARACTERS_LIMIT,
    TEXT_CHARACTERS_LIMIT,
    TITLE_CHARACTERS_LIMIT,
    NoticeTold,
    NoticeWithdrawn,
    Where,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.place import is_on_earth
from bavn.kernel.refusal import Refused

# Own calibration: what lasts longer is no notice but how things are, and nobody looks at it.
LASTS_LIMIT = timedelta(days=30)
ID_DIGITS = 32
# Anything else in an address would be carried out, not followed.
LINKS = ("https://", "http://")
# What may be wrong: its code, whether it is, what to say, and what to do instead.
Faults: TypeAlias = tuple[tuple[str, bool, str, str], ...]


class TellNotice(msgspec.Struct, frozen=True, kw_only=True):
    """Tell a notice, or tell it anew: the same id says that it is the same."""

    id: str
    area: OrganisationId
    number: str
    kind: str
    step: str
    title: str
    text: str = ""
    source: str
    link: str = ""
    issued_at: datetime | None = None
    valid_from: datetime
    valid_to: datetime
    where: Where


class WithdrawNotice(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a notice holds no longer."""

    id: str
    area: OrganisationId


def notice_subject(id_: str) -> Subject:
    """What facts about a notice are about."""
    return Subject(f"notice:{id_}")


def notice_id(owner: OrganisationId, sender: str, number: str) -> str:
    """The id of a notice by its sender's own number: the same however often it is told."""
    return sha256(f"{owner}\0{sender}\0{number}".encode()).hexdigest()[:ID_DIGITS]


def tell(row: Row | None, request: TellNotice, context: Context) -> Sequence[Draft] | Refused:
    """Told to everyone; nothing where it stands so already."""
    refused = _makes_no_sense(request, context.now)
    if refused is not None:
        return refused
    # A sender's clock that is ahead must not hold back what it says next.
    issued_at = min(request.issued_at or context.now, context.now)
    body = NoticeTold(
        number=request.number,
        kind=request.kind,
        step=request.step,
        title=request.title,
        text=request.text,
        source=request.source,
        link=request.link,
        issued_at=issued_at,
        valid_from=request.valid_from,
        valid_to=request.valid_to,
        where=request.where,
    )
    if row is not None:
        before = msgspec.json.decode(str(row["told"]), type=NoticeTold)
        if msgspec.structs.replace(body, issued_at=before.issued_at) == before and not (
            _is_newer_than_withdrawal(row, request)
        ):
            return []
        if issued_at < before.issued_at:
            return Refused(
                code="notice_is_older",
                says="A later telling under this number is on record.",
                try_instead="Send what holds now.",
            )
    return [_draft(body, request.id, request.area, context)]


def withdraw(
    row: Row | None, request: WithdrawNotice, context: Context
) -> Sequence[Draft] | Refused:
    """Once, while it holds or before it does."""
    if row is None:
        return Refused(
            code="no_such_notice",
            says="Your organisation has told no such notice.",
            try_instead="Look at the list of notices; whoever told one withdraws it.",
        )
    if row["withdrawn_ms"] is not None:
        return Refused(
            code="notice_withdrawn_already",
            says="It is withdrawn already.",
            try_instead="Nothing is to be done.",
        )
    if instant_of(int(str(row["to_ms"]))) <= context.now:
        return Refused(
            code="notice_ended_already",
            says="Its time is over already.",
            try_instead="Nothing is to be done.",
        )
    return [_draft(NoticeWithdrawn(), request.id, request.area, context)]


def _draft(body: msgspec.Struct, id_: str, area: OrganisationId, context: Context) -> Draft:
    return Draft(body=body, about=(notice_subject(id_),), happened_at=context.now, area=area)


def _is_newer_than_withdrawal(row: Row, request: TellNotice) -> bool:
    """True when its sender has said it again since it was withdrawn here.

    A feed that repeats what it has said before does not bring back what a person took away.
    """
    if row["withdrawn_ms"] is None or request.issued_at is None:
        return False
    return request.issued_at > instant_of(int(str(row["withdrawn_ms"])))


def _makes_no_sense(request: TellNotice, now: datetime) -> Refused | None:
    for faults in (_in_words(request), _in_time(request, now), _in_place(request.where)):
        for code, is_so, says, instead in faults:
            if is_so:
                return Refused(code=code, says=says, try_instead=instead)
    return None


def _in_words(request: TellNotice) -> Faults:
    lengths = (
        (request.number, NUMBER_CHARACTERS_LIMIT),
        (request.title, TITLE_CHARACTERS_LIMIT),
        (request.text, TEXT_CHARACTERS_LIMIT),
        (request.source, SOURCE_CHARACTERS_LIMIT),
        (request.link, LINK_CHARACTERS_LIMIT),
    )
    too_long = any(len(text) > limit for text, limit in lengths)
    unsafe = bool(request.link) and not request.link.startswith(LINKS)
    return (
        ("notice_without_number", not request.number, "It has no number.", "Number it."),
        ("notice_without_title", not request.title.strip(), "It has no title.", "Write one."),
        (
            "notice_without_source",
            not request.source.strip(),
            "It does not say who says so.",
            "Name the authority or the company.",
        ),
        ("notice_too_wordy", too_long, "A text in it is too long.", "Make it shorter."),
        ("notice_link_unsafe", unsafe, "Its link is no web address.", "Begin it with https://."),
    )


def _in_time(request: TellNotice, now: datetime) -> Faults:
    begins, ends = request.valid_from, request.valid_to
    return (
        ("notice_ends_first", ends <= begins, "It ends before it begins.", "Mend the times."),
        (
            "notice_over_already",
            ends <= now,
            "It is over already.",
            "Tell what holds now or will.",
        ),
        (
            "notice_too_long",
            ends - begins > LASTS_LIMIT,
            "It would hold for more than 30 days.",
            "Tell it for a shorter time, and anew when it still holds.",
        ),
    )


def _in_place(where: Where) -> Faults:
    positions = where.positions
    return (
        (
            "notice_nowhere",
            where.is_nowhere,
            "It does not say where it holds.",
            "Choose the country, municipalities, or send a geometry.",
        ),
        (
            "notice_too_many_points",
            len(positions) > POINTS_LIMIT,
            f"Its geometry has more than {POINTS_LIMIT} points.",
            "Simplify it, or name municipalities.",
        ),
        (
            "notice_place_unreadable",
            not all(is_on_earth(lat, lon) for lon, lat in positions),
            "Its geometry has positions that are no place on Earth.",
            "Send longitude and latitude in degrees (WGS 84).",
        ),
    )
