# SPDX-License-Identifier: Apache-2.0
"""Pages: what may be taken out, files that are sent, what each would change, and what it became."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template

from bavn.capabilities.exchange.model.columns import BYTES_LIMIT, CSV, GEOJSON, ROWS_LIMIT, What
from bavn.capabilities.exchange.model.files import File
from bavn.capabilities.exchange.pages.showing import LEFT_OUT, Saying, refused_sheet
from bavn.capabilities.exchange.ports import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import (
    SEE_OTHER,
    UNPROCESSABLE,
    Answer,
    AnyRequest,
    Form,
    in_words,
    kept,
    status_of,
)
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.instants import instant_of

PATH, FILE = "/exchange", "/exchange/imports/{file:str}"
READ = {"act": "exchange.read_files"}
MAP = {"act": "exchange.map_columns"}
# Shown one by one; the interface gives all of them.
SHOWN_LIMIT = 300
FILES_SHOWN = 50


@get(PATH, opt=READ, include_in_schema=False)
async def overview(call: CallGiven, exchange: RoomGiven) -> Template:
    """What may be taken out, where a file is sent, and the files that were."""
    return _overview(call, exchange)


def _overview(
    call: Call, exchange: Room, form: Form | None = None, refusal: Refusal | None = None
) -> Template:
    rows = exchange.files(call)
    return kept(
        page(
            call,
            "exchange/overview.html",
            status=status_of(form, refusal),
            own=call.actor.organisation,
            own_name=exchange.around.name_of(call, call.actor.organisation),
            today=call.now.astimezone(exchange.around.zone).date(),
            kinds=tuple(What),
            says=Saying(call, exchange.around),
            chosen=What.UNITS if form is None else form.value("what"),
            files=[_line(each) for each in rows[:FILES_SHOWN]],
            more_count=max(0, len(rows) - FILES_SHOWN),
            size_limit=BYTES_LIMIT // 1024,
            rows_limit=ROWS_LIMIT,
            problems={} if form is None else form.wrong,
            refused=None if refusal is None else in_words(call, refusal.refused),
        )
    )


@post(PATH, opt={"act": "exchange.receive_file"}, include_in_schema=False)
async def send(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, exchange: RoomGiven
) -> Answer:
    """Keep a file as it came, and go to what it would change."""
    form, sent = await Form.of(request), await request.form()
    upload = sent.get("file")
    if not isinstance(upload, UploadFile) or form.value("what") not in set(What):
        form.wrong["file"] = call.say("exchange.wrong.file")
        return _overview(call, exchange, form)
    name, raw = upload.filename, await upload.read()
    is_points = name.lower().endswith("json")
    try:
        id_ = await exchange.take(
            desk, call, What(form.value("what")), GEOJSON if is_points else CSV, name, raw
        )
    except Refusal as refusal:
        return _overview(call, exchange, form, refusal)
    return Redirect(f"{PATH}/imports/{id_}", status_code=SEE_OTHER)


@get([FILE, FILE + "/part"], opt=READ, include_in_schema=False)
async def one_file(
    request: AnyRequest, file: str, call: CallGiven, desk: DeskGiven, exchange: RoomGiven
) -> Template:
    """A file: who sent it, what it would change now, and what it became."""
    is_part = request.url.path.endswith("/part")
    template = "exchange/file_part.html" if is_part else "exchange/file.html"
    return await _file(call, desk, exchange, file, template=template)


async def _file(
    call: Call,
    desk: Desk,
    exchange: Room,
    id_: str,
    refusal: Refusal | None = None,
    *,
    template: str = "exchange/file.html",
) -> Template:
    found = exchange.file(call, id_)
    preview = await exchange.preview(call, found)
    done = [each for each in found.results if each.row]
    hidden = {*found.to_do} - {each.row for each in found.results}
    answer = page(
        call,
        template,
        status=status_of(None, refusal),
        file=found,
        line=_line(found.row),
        name=await exchange.name_of_file(desk, call, found),
        preview=preview,
        changes=preview.to_do[:SHOWN_LIMIT],
        more_count=max(0, len(preview.to_do) - SHOWN_LIMIT),
        results=[each for each in found.results if not each.refused][:SHOWN_LIMIT],
        done_count=sum(not each.refused for each in done),
        handled_count=len(done),
        left_count=len(hidden),
        lists=[each.of.removeprefix("list:") for each in found.results if not each.row],
        says=Saying(call, exchange.around),
        faults_limit=SHOWN_LIMIT,
        refused=None if refusal is None else in_words(call, refusal.refused),
        # The number under which this form is kept, however often it is sent.
        form_key=f"carry-{id_}-{call.now:%Y%m%dT%H%M%S%f}",
    )
    return kept(answer)


@post(FILE + "/carry-out", opt={"act": "exchange.carry_out"}, include_in_schema=False)
async def carry_out(
    request: AnyRequest, file: str, call: CallGiven, desk: DeskGiven, exchange: RoomGiven
) -> Answer:
    """Have exactly what was seen carried out; else the preview is shown anew."""
    form = await Form.of(request)
    try:
        found = exchange.file(call, file)
        await exchange.carry_out(desk, call, found, form.value("mark"), form.ref)
    except Refusal as refusal:
        if refusal.refused.code == "no_such_file":
            raise
        return await _file(call, desk, exchange, file, refusal)
    return Redirect(f"{PATH}/imports/{file}", status_code=SEE_OTHER)


@get(FILE + "/columns", opt=MAP, include_in_schema=False)
async def columns_page(
    file: str, call: CallGiven, desk: DeskGiven, exchange: RoomGiven
) -> Template:
    """Which column is which: the file's headings, each with a choice of ours."""
    return await _columns(call, desk, exchange, exchange.file(call, file))


async def _columns(
    call: Call, desk: Desk, exchange: Room, found: File, refusal: Refusal | None = None
) -> Template:
    read = await exchange.heading(desk, call, found)
    says = Saying(call, exchange.around)
    return page(
        call,
        "exchange/columns.html",
        status=status_of(None, refusal),
        file=found,
        read=read,
        headings=list(zip(read.heading, read.columns, strict=True)),
        choices=says.choices(found.what),
        says=says,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )


@post(FILE + "/columns", opt=MAP, include_in_schema=False)
async def map_columns(
    request: AnyRequest, file: str, call: CallGiven, desk: DeskGiven, exchange: RoomGiven
) -> Answer:
    """Remember which column is which in files of this shape, and read the file by it."""
    form, found = await Form.of(request), exchange.file(call, file)
    names = [name for name in form.typed if name.startswith("column-")]
    count = len(names)
    said = (form.value(f"column-{at}") for at in range(count))
    columns = tuple("" if each == LEFT_OUT else each for each in said)
    try:
        await exchange.map_columns(desk, call, found, columns, form.ref)
    except Refusal as refusal:
        return await _columns(call, desk, exchange, found, refusal)
    found = exchange.file(call, file)
    if not found.is_read:
        answer = await _columns(call, desk, exchange, found)
        answer.status_code = UNPROCESSABLE
        return answer
    return Redirect(f"{PATH}/imports/{file}", status_code=SEE_OTHER)


@get(FILE + "/refused.csv", opt=READ, include_in_schema=False)
async def refused(file: str, call: CallGiven, exchange: RoomGiven) -> Response[bytes]:
    """The rows that were not carried out, each with why; without what may name people."""
    found = exchange.file(call, file)
    preview = await exchange.preview(call, found)
    raw = refused_sheet(found, preview, Saying(call, exchange.around))
    return Response(
        raw,
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="bavn-{found.what}-refused.csv"',
            "cache-control": "private, no-store",
        },
    )


def _line(row: dict[str, Any]) -> dict[str, Any]:
    begun = row["begun_at_ms"]
    return {
        **row,
        "id": str(row["subject"]).partition(":")[2],
        "received_at": instant_of(int(str(row["received_at_ms"]))),
        "begun_at": None if begun is None else instant_of(int(str(begun))),
    }


HANDLERS = (overview, send, one_file, carry_out, columns_page, map_columns, refused)
