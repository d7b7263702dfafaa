# SPDX-License-Identifier: Apache-2.0
"""The programming interface of exchange, version 1: tables and points out, files in."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter

from bavn.capabilities.exchange.model.columns import CSV, GEOJSON, What
from bavn.capabilities.exchange.model.files import File
from bavn.capabilities.exchange.model.preview import Preview
from bavn.capabilities.exchange.ports import Line, Period, Room, RoomGiven
from bavn.capabilities.exchange.views.out import COMMA, SEMICOLON, points_of, sheet_of
from bavn.frame.call import Call
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.table import Row
from bavn.kernel.instants import instant_of

OUT, FILES = "/api/v1/exchange", "/api/v1/exchange/files"
READ = {"act": "exchange.read_files"}
# Where nobody says which days, the last month.
PERIOD_DAYS = 31
Form = Annotated[Literal["csv", "geojson"], QueryParameter(name="form")]
Between = Annotated[Literal["semicolon", "comma"], QueryParameter(name="between")]
State = Annotated[Literal["open", "closed"], QueryParameter(name="state")]
First = Annotated[date | None, QueryParameter(name="from")]
Last = Annotated[date | None, QueryParameter(name="to")]


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a file, where, and what to do; in the caller's language."""

    row: int
    column: str
    code: str
    says: str


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field as it stands and as the file has it."""

    field: str
    before: str
    after: str


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one row does: new, changed, unchanged, or older than what stands."""

    row: int
    about: str
    sort: str
    fields: tuple[FieldChange, ...]


class RowDone(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row: the facts it was told in, or why it was refused."""

    row: int
    about: str
    facts: tuple[str, ...]
    refused: str
    flags: tuple[str, ...]


class FileShown(msgspec.Struct, frozen=True, kw_only=True):
    """A file. To have it carried out, send it again with the `mark` of the preview that was seen.

    `is_read` is false where a person must first name its columns.
    """

    id: str
    what: str
    format: str
    received_at: datetime
    is_read: bool
    is_running: bool
    row_count: int
    mark: str | None = None
    counts: dict[str, int] = {}
    changes: tuple[RowChange, ...] = ()
    faults: tuple[Wrong, ...] = ()
    absent: tuple[str, ...] = ()
    done: tuple[RowDone, ...] = ()


class FileList(msgspec.Struct, frozen=True, kw_only=True):
    """Files, the newest first; the list is given whole."""

    items: tuple[FileShown, ...]
    next: str | None = None


@get(
    f"{OUT}/stations",
    opt={"act": "organisation.read_structure"},
    summary="Stations as CSV or GeoJSON",
)
async def stations(
    call: CallGiven,
    exchange: RoomGiven,
    *,
    service: str | None = None,
    form: Form = "csv",
    between: Between = "semicolon",
) -> Response[bytes]:
    """As the pages show them today."""
    lines = exchange.around.stations(call, _named(service))
    return _given(What.STATIONS, lines, call, exchange, form, between)


@get(
    f"{OUT}/units",
    opt={"act": "operations.read_units"},
    summary="Units with status and last place as CSV or GeoJSON",
)
async def units(
    call: CallGiven,
    exchange: RoomGiven,
    *,
    service: str | None = None,
    form: Form = "csv",
    between: Between = "semicolon",
) -> Response[bytes]:
    """As the pages show them now."""
    lines = exchange.around.units(call, _named(service))
    return _given(What.UNITS, lines, call, exchange, form, between)


@get(
    f"{OUT}/incidents",
    opt={"act": "operations.read_incidents"},
    summary="Open incidents, or those that are closed, as CSV or GeoJSON",
)
async def incidents(  # noqa: PLR0913 - what a list may be asked for
    call: CallGiven,
    exchange: RoomGiven,
    *,
    service: str | None = None,
    standing: State = "open",
    first: First = None,
    last: Last = None,
    form: Form = "csv",
    between: Between = "semicolon",
) -> Response[bytes]:
    """As the pages show them to the caller, without their texts; closed ones by day of report."""
    today = call.now.astimezone(exchange.around.zone).date()
    until = last or today
    period = Period(
        is_open=standing == "open",
        first=first or until - timedelta(days=PERIOD_DAYS),
        last=until,
    )
    lines = exchange.around.incidents(call, period, _named(service))
    return _given(What.INCIDENTS, lines, call, exchange, form, between)


def _named(service: str | None) -> str | None:
    # A form's field that is left empty says: all.
    return service or None


def _given(
    what: What,
    lines: Sequence[Line],
    call: Call,
    exchange: Room,
    form: str,
    between: str,
) -> Response[bytes]:
    day = call.now.astimezone(exchange.around.zone)
    name = f"bavn-{what}-{day:%Y%m%d-%H%M}"
    if form == GEOJSON:
        return _file(points_of(what, lines), "application/geo+json", f"{name}.geojson")
    raw = sheet_of(
        what,
        lines,
        exchange.around.words,
        language=call.language,
        zone=exchange.around.zone,
        between=SEMICOLON if between == "semicolon" else COMMA,
    )
    return _file(raw, "text/csv; charset=utf-8", f"{name}.csv")


def _file(raw: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-store",
    }
    return Response(raw, media_type=media_type, headers=headers)


@post(
    FILES,
    status_code=200,
    opt={"act": "exchange.receive_file"},
    summary="Send a file: the answer is what it would change; with the mark of that, carry it out",
)
async def send_file(
    request: Request[Any, Any, Any],
    call: CallGiven,
    desk: DeskGiven,
    exchange: RoomGiven,
    *,
    what: What,
    mark: str | None = None,
) -> FileShown:
    """CSV, or GeoJSON when its media type says so. The same file again is the same one."""
    raw = await request.body()
    form = GEOJSON if "json" in request.content_type[0] else CSV
    id_ = await exchange.take(desk, call, what, form, "", raw)
    file = exchange.file(call, id_)
    if mark is not None:
        await exchange.carry_out(desk, call, file, mark, None)
        file = exchange.file(call, id_)
    return await _shown(call, exchange, file)


@get(FILES, opt=READ, summary="Files that came in")
async def list_files(call: CallGiven, exchange: RoomGiven) -> FileList:
    """Those of the caller's organisation, the newest first."""
    rows = exchange.files(call)
    return FileList(items=tuple(_begun(row) for row in rows))


@get(FILES + "/{file:str}", opt=READ, summary="A file, and what it would change now")
async def one_file(call: CallGiven, exchange: RoomGiven, file: str) -> FileShown:
    """With what became of its rows, where it was carried out."""
    return await _shown(call, exchange, exchange.file(call, file))


def _begun(row: Row) -> FileShown:
    return FileShown(
        id=str(row["subject"]).partition(":")[2],
        what=str(row["what"]),
        format=str(row["format"]),
        received_at=instant_of(int(str(row["received_at_ms"]))),
        is_read=bool(row["reading"]),
        is_running=False,
        row_count=int(str(row["row_count"])),
    )


async def _shown(call: Call, exchange: Room, file: File) -> FileShown:
    preview = await exchange.preview(call, file)
    return msgspec.structs.replace(
        _begun(file.row),
        is_running=file.is_running,
        mark=preview.mark if preview.to_do else None,
        counts={sort.value: count for sort, count in preview.counts.items()},
        changes=_changes(preview),
        faults=tuple(
            Wrong(
                row=each.row,
                column=each.column,
                code=each.name.rpartition(".")[2],
                says=call.say(each.name, **each.values),
            )
            for each in preview.faults
        ),
        absent=preview.absent,
        done=tuple(
            RowDone(
                row=each.row,
                about=each.of,
                facts=each.facts,
                refused=each.refused,
                flags=each.flags,
            )
            for each in file.results
        ),
    )


def _changes(preview: Preview) -> tuple[RowChange, ...]:
    return tuple(
        RowChange(
            row=each.row,
            about=each.of,
            sort=each.sort.value,
            fields=tuple(
                FieldChange(field=one.name, before=one.before, after=one.after)
                for one in each.fields
            ),
        )
        for each in preview.changes
    )


HANDLERS = (stations, units, incidents, send_file, list_files, one_file)
