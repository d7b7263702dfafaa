# SPDX-License-Identifier: Apache-2.0
"""The log of an incident: a page, its older pages, on paper, and as a file."""

import asyncio
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter
from litestar.response import Template

from bavn.capabilities.operations.model.log import Sort
from bavn.capabilities.operations.pages.given import RoomGiven
from bavn.capabilities.operations.pages.log_paper import log_paper
from bavn.capabilities.operations.ports import CallGiven, DeskGiven
from bavn.capabilities.operations.views.incidents import the_incident
from bavn.capabilities.operations.views.log import Entry, Log, LogPage, Wanted, log_of, page_of
from bavn.capabilities.operations.views.log_sheet import sheet_of
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import HEADERS, AnyRequest
from bavn.frame.page import page
from bavn.frame.paper import PDF, Press, PressGiven, answer_of
from bavn.kernel.refusal import Refused

READ = {"act": "operations.read_incidents"}
# The loop goes on with whatever else waits in it: an alarm, among others.
others_turn = partial(asyncio.sleep, 0)
PATH = "/incidents/{incident_id:str}/log"
ALL = "all"
# A PDF of so many is made in some seconds; of more, whoever asks is asked to choose.
PAPER_ENTRIES_LIMIT = 5_000
SortAsked = Annotated[str, QueryParameter(name="sort")]
# Spreadsheets take a table for what it is by this mark.
_MARK = "\ufeff"


@get([PATH, PATH + "/entries"], opt=READ, include_in_schema=False)
async def log_page(  # noqa: PLR0913 - what a log may be asked for
    request: AnyRequest,
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    sort: SortAsked = ALL,
    q: str = "",
    before: str = "",
) -> Template:
    """The newest entries, the newest last; alone, they are the page's living part."""
    wanted = Wanted(sort=_sort(sort), query=q.strip(), before=before)
    shown = await page_of(desk, call, operations, incident_id, wanted, others_turn)
    is_part = request.url.path.endswith("/entries")
    template = "operations/log_entries.html" if is_part else "operations/log.html"
    return _shown(call, desk, operations, incident_id, template, shown=shown, wanted=wanted)


@get(PATH + "/print", opt=READ, include_in_schema=False)
async def printed_log(
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    sort: SortAsked = ALL,
    q: str = "",
) -> Template:
    """All of it on paper, every instant with its day."""
    wanted = Wanted(sort=_sort(sort), query=q.strip())
    log = await log_of(desk, call, operations, incident_id, others_turn, on_paper=True)
    whole = LogPage(items=await _whole(log, wanted))
    template = "operations/log_printed.html"
    return _shown(
        call, desk, operations, incident_id, template, shown=whole, wanted=wanted, on_paper=True
    )


@get(PATH + ".csv", opt=READ, include_in_schema=False, media_type="text/csv")
async def log_sheet(
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    sort: SortAsked = ALL,
    q: str = "",
) -> Response[bytes]:
    """The same as a table for a spreadsheet."""
    log = await log_of(desk, call, operations, incident_id, others_turn, on_paper=True)
    entries = await _whole(log, Wanted(sort=_sort(sort), query=q.strip()))
    table = _MARK + sheet_of(entries, log.words, call.say)
    return _file(table.encode(), "text/csv", "csv")


@get(PATH + ".json", opt=READ, include_in_schema=False)
async def log_file(
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    *,
    sort: SortAsked = ALL,
    q: str = "",
) -> Response[bytes]:
    """The same for another program, as the interface tells it."""
    log = await log_of(desk, call, operations, incident_id, others_turn, on_paper=True)
    entries = await _whole(log, Wanted(sort=_sort(sort), query=q.strip()))
    return _file(msgspec.json.encode(LogPage(items=entries)), "application/json", "json")


@get(PATH + ".pdf", opt=READ, include_in_schema=False, media_type=PDF)
async def log_pdf(  # noqa: PLR0913 - what a log may be asked for
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    press: PressGiven,
    *,
    sort: SortAsked = ALL,
    q: str = "",
) -> Response[bytes]:
    """The same as a paper to keep."""
    wanted = Wanted(sort=_sort(sort), query=q.strip())
    return await _paper(incident_id, call, desk, operations, press, wanted)


@get(
    "/api/v1" + PATH + ".pdf",
    opt=READ,
    summary="The log of an incident as PDF",
    media_type=PDF,
)
async def told_pdf(  # noqa: PLR0913 - what a log may be asked for
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    operations: RoomGiven,
    press: PressGiven,
    *,
    sort: Sort | None = None,
    q: str = "",
) -> Response[bytes]:
    """All of it, PDF/A-2a and PDF/UA-1; a program is told instants in UTC."""
    wanted = Wanted(sort=sort, query=q.strip())
    return await _paper(incident_id, call, desk, operations, press, wanted)


async def _paper(
    name: str, call: Call, desk: Desk, room: Room, press: Press, wanted: Wanted
) -> Response[bytes]:
    log = await log_of(desk, call, room, name, others_turn, on_paper=True)
    entries = await _whole(log, wanted, PAPER_ENTRIES_LIMIT)
    if len(entries) > PAPER_ENTRIES_LIMIT:
        raise Refusal(
            Refused(
                code="log_too_long_for_paper",
                says=f"There are more than the {PAPER_ENTRIES_LIMIT} entries of one PDF.",
                try_instead="Choose one sort, search for words, or take it out as CSV or JSON.",
                values={"limit": str(PAPER_ENTRIES_LIMIT)},
            )
        )
    only = []
    if wanted.query:
        only.append(call.say("operations.log.only", query=wanted.query))
    if wanted.sort is not None:
        sort = call.say(f"operations.log.sort.{wanted.sort.value}")
        only.append(f"{call.say('operations.log.which')}: {sort}")
    incident = the_incident(desk.query, call.reader, room.types, name)
    paper = log_paper(call, Words(call, room, on_paper=True), incident, entries, only)
    return answer_of(await press.pressed(paper), f"log-{incident.id}")


async def _whole(log: Log, wanted: Wanted, most: int | None = None) -> list[Entry]:
    """Every entry that is wanted; others have their turn while a long one is put into words.

    Where there are more than the `most` that are asked for, it ends soon after them.
    """
    found: list[Entry] = []
    for items in log.all(wanted):
        found += log.matching(await log.entries(items), wanted.query)
        if most is not None and len(found) > most:
            break
        await others_turn()
    return found


def _shown(  # noqa: PLR0913 - a page, its part, and the same on paper
    call: Call,
    desk: Desk,
    room: Room,
    name: str,
    template: str,
    *,
    shown: LogPage,
    wanted: Wanted,
    on_paper: bool = False,
) -> Template:
    sort = ALL if wanted.sort is None else wanted.sort.value
    asked = {"sort": sort, "q": wanted.query, "before": wanted.before}
    answer = page(
        call,
        template,
        incident=the_incident(desk.query, call.reader, room.types, name),
        words=Words(call, room, on_paper=on_paper),
        entries=shown.items,
        older=None if shown.next is None else urlencode({**asked, "before": shown.next}),
        asked=asked,
        query=urlencode({each: asked[each] for each in ("sort", "q")}),
        sorts=_sorts(call),
        now=call.now,
    )
    answer.headers.update(HEADERS)
    return answer


def _sorts(call: Call) -> list[tuple[str, str]]:
    named = [(each.value, call.say(f"operations.log.sort.{each.value}")) for each in Sort]
    return [(ALL, call.say("operations.log.sort.all")), *named]


def _sort(asked: str) -> Sort | None:
    return next((each for each in Sort if each.value == asked), None)


def _file(content: bytes, media_type: str, ending: str) -> Response[bytes]:
    return Response(
        content,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="log.{ending}"', **HEADERS},
    )


PAGES = (log_page, printed_log, log_sheet, log_file, log_pdf, told_pdf)
