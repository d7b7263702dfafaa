# SPDX-License-Identifier: Apache-2.0
"""The national picture as a page, and the part of it that is fetched anew when there is news."""

from typing import Any

from litestar import Request, Response, get
from litestar.response import Template

from bavn.capabilities.situation.model.picture import (
    ROWS_LIMIT,
    SORTS,
    Look,
    area_figures,
    at_work,
    changes,
    direction,
    etag,
    figures,
    iso,
    name_of_area,
    ordered,
    other_way,
    rank_of,
)
from bavn.capabilities.situation.model.silence import (
    SENTENCES_LIMIT,
    by_owner,
    clock_of,
    grouped,
    sentences,
    unheard_areas,
)
from bavn.capabilities.situation.ports import (
    CallGiven,
    NormalGiven,
    Picture,
    PictureGiven,
    PictureNow,
    Silences,
    SilencesGiven,
    SilencesNow,
)
from bavn.frame.call import Call
from bavn.frame.forms import HEADERS
from bavn.frame.page import page

ACT = {"act": "situation.read_picture"}
NOT_MODIFIED = 304
# A page may be read again on its own machine when the server is away.
# Set by the page: the position up to which this browser's user has seen everything.
SEEN_COOKIE = "seen"
SEEN_DIGITS = 15
# Of what is new, the banner names so many; the rest stand marked in the list.
NAMED_LIMIT = 3
# An incident of which nothing was heard for so long shows as silent.
SILENT_S = 60 * 60
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@get("/", opt=ACT, include_in_schema=False)
async def front(
    request: Request[Any, Any, Any],
    call: CallGiven,
    picture: PictureGiven,
    silences: SilencesGiven,
) -> Response[Any] | Template:
    """The national picture."""
    return _shown(request, call, picture, silences, "situation/picture.html")


@get("/situation/board", opt=ACT, include_in_schema=False)
async def board(
    request: Request[Any, Any, Any],
    call: CallGiven,
    picture: PictureGiven,
    silences: SilencesGiven,
) -> Response[Any] | Template:
    """Figures and list alone, for a page that is open already."""
    stamp = etag(picture.stamp(call), silences.mark(), call.language)
    if request.headers.get("if-none-match") == stamp:
        return Response(b"", status_code=NOT_MODIFIED, headers=HEADERS | {"etag": stamp})
    answer = _shown(request, call, picture, silences, "situation/board.html")
    answer.headers["etag"] = stamp
    return answer


@get("/situation/normal", opt=ACT, include_in_schema=False)
async def normal_part(call: CallGiven, normal: NormalGiven) -> Template:
    """The last hour beside what is normal for it: a part of the page that is fetched by itself."""
    separator = call.say("situation.thousands")
    answer = page(
        call,
        "situation/normal.html",
        normal=normal.now(call),
        grouped=lambda count: grouped(count, separator),
    )
    answer.headers.update(HEADERS)
    return answer


def _shown(
    request: Request[Any, Any, Any],
    call: Call,
    picture: Picture,
    silences: Silences,
    template: str,
) -> Template:
    now = picture.now(call)
    values = _values(request, call, now) | _unknown(call, now, silences.now(call))
    answer = page(call, template, **values)
    answer.headers.update(HEADERS)
    return answer


def _unknown(call: Call, now: PictureNow, silences: SilencesNow) -> dict[str, Any]:
    """What is not known, for sentences and marks."""
    told, separator = sentences(silences, now), call.say("situation.thousands")
    return {
        "silences": told[:SENTENCES_LIMIT],
        "silences_more": len(told[SENTENCES_LIMIT:]),
        "catching_up": silences.catching_up,
        "unheard": unheard_areas(silences, now),
        "unheard_owners": by_owner(silences),
        "clock_of": lambda at: clock_of(at, call.now),
        "grouped": lambda count: grouped(count, separator),
    }


def _values(request: Request[Any, Any, Any], call: Call, now: PictureNow) -> dict[str, Any]:
    look = look_of(request.query_params)
    shown = ordered(now.incidents, look)
    seen = seen_of(request.cookies.get(SEEN_COOKIE, ""), now.position)
    return {
        "areas": area_figures(now),
        "total": figures(now.incidents, now.units),
        "rows": shown[look.first : look.first + ROWS_LIMIT],
        "row_count": len(shown),
        "rows_limit": ROWS_LIMIT,
        "look": look,
        "area_name": name_of_area(now.areas, look.area) if look.area else "",
        "sorts": SORTS,
        "at_work": at_work(now.units),
        "changes": changes(now, seen),
        "named_limit": NAMED_LIMIT,
        "silent_s": SILENT_S,
        "position": now.position,
        "seen": seen,
        "urgencies": now.urgencies,
        "area_names": {each.id: each.name for each in now.areas},
        "drawn_at": iso(call.now),
        "aged": lambda at: aged(call, (call.now - at).total_seconds()),
        "direction": direction,
        "iso": iso,
        "other_way": other_way,
        "rank_of": rank_of,
    }


def look_of(asked: Any) -> Look:
    """How the page's address asks for the list; what it cannot ask for is left at the usual."""
    sort = asked.get("sort", "")
    first = asked.get("from", "")
    return Look(
        sort=sort if sort.removeprefix("-") in SORTS else "urgency",
        area=asked.get("area", ""),
        first=int(first) if first.isascii() and first.isdigit() and len(first) < SEEN_DIGITS else 0,
    )


def seen_of(cookie: str, position: int) -> int:
    """The position that was seen; the newest, when this browser never said or says nonsense."""
    if cookie.isascii() and cookie.isdigit() and len(cookie) <= SEEN_DIGITS:
        # Beyond the record: it was restored, or is another one.
        return min(int(cookie), position)
    return position


def aged(call: Call, seconds: float) -> str:
    """An age in a few characters; the page's script goes on counting in the same words."""
    count = max(0, int(seconds))
    if count < _MINUTE:
        return call.say("shell.js.age_now")
    if count < _HOUR:
        return call.say("shell.js.age_minutes", count=count // _MINUTE)
    if count < _DAY:
        minutes = count % _HOUR // _MINUTE
        return call.say("shell.js.age_hours", count=count // _HOUR, minutes=minutes)
    return call.say("shell.js.age_days", count=count // _DAY, hours=count % _DAY // _HOUR)


HANDLERS = (front, board, normal_part)
