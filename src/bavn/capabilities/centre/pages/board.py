# SPDX-License-Identifier: Apache-2.0
"""The board: what is open, who is where, and what wants a person; live, one part at a time.

A part is drawn once for each state of what is known, however many look at it, and is sent only to
those who do not have it.
"""

from dataclasses import replace
from hashlib import blake2b
from typing import Annotated, Any

from litestar import MediaType, Request, Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from bavn.capabilities.centre.decisions import SeeAttention
from bavn.capabilities.centre.model.board import (
    ROWS_LIMIT,
    BoardNow,
    Look,
    Row,
    Stage,
    rows_of,
    services_of,
)
from bavn.capabilities.centre.model.command import handles_of
from bavn.capabilities.centre.model.wants import LOUDER_AFTER, WANTS_LIMIT, Want
from bavn.capabilities.centre.pages.showing import Words
from bavn.capabilities.centre.ports import Room, RoomGiven
from bavn.capabilities.centre.views.seen import unsent, wants_now
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.refusal import Refused

READ = {"act": "centre.read_board"}
PARTS = ("wants", "incidents", "units")
# In the order in which they are counted: from the scene homewards.
STATUSES = (
    "at_scene",
    "en_route",
    "alerted",
    "returning",
    "on_radio",
    "available",
    "not_ready",
)
# An id that a capability has made up for what waits; a longer one is no id.
ITEM_CHARACTERS_LIMIT = 200
NOT_MODIFIED, NOT_FOUND = 304, 404
HEADERS = {"cache-control": "private, no-cache", "vary": "Cookie, Accept-Language"}
# A word of the address line is a name of a handler's argument; this one is Python's.
Kind = Annotated[str, QueryParameter(name="type")]
First = Annotated[int, QueryParameter(name="from", ge=0, le=100_000)]


@get("/centre", opt=READ, include_in_schema=False)
async def board_page(  # noqa: PLR0913 - what a board may be asked for
    call: CallGiven,
    desk: DeskGiven,
    centre: RoomGiven,
    *,
    service: str = "",
    area: str = "",
    group: str = "",
    kind: Kind = "",
    first: First = 0,
) -> Template:
    """The whole board."""
    look = Look(service=service, area=area, group=group, type=kind, first=first)
    board, around = centre.around.board(call), centre.around
    every = [("", call.say("centre.all"))]
    answer = page(
        call,
        "centre/board.html",
        filters=[
            ("area", look.area, every + [(each.code, each.name) for each in around.areas(call)]),
            (
                "service",
                look.service,
                every + [(each.code, each.name) for each in around.services(call)],
            ),
            ("group", look.group, every + [(each.code, each.name) for each in around.groups(call)]),
            (
                "type",
                look.type,
                every + [(each.code, each.name) for each in around.unit_types(call)],
            ),
        ],
        **_incidents(call, centre, board, look),
        **_units(call, centre, board, look),
        **_wants(call, desk, centre, board, look),
        words=Words(call, around),
        look=look,
    )
    answer.headers.update(HEADERS)
    return answer


@get("/centre/parts/{name:str}", opt=READ, include_in_schema=False)
async def part(  # noqa: PLR0913 - what a board may be asked for
    request: Request[Any, Any, Any],
    name: str,
    call: CallGiven,
    desk: DeskGiven,
    centre: RoomGiven,
    *,
    service: str = "",
    area: str = "",
    group: str = "",
    kind: Kind = "",
    first: First = 0,
) -> Response[bytes]:
    """One part of the board; nothing but a word when the asker has it."""
    if name not in PARTS:
        return Response(b"", status_code=NOT_FOUND, media_type=MediaType.HTML)
    look = Look(service=service, area=area, group=group, type=kind, first=first)
    jinja = request.app.template_engine
    assert jinja is not None, "pages have templates"

    def draw(values: dict[str, Any]) -> bytes:
        template = jinja.get_template(f"centre/{name}.html")
        given = {"call": call, "t": call.say, "words": Words(call, centre.around), "look": look}
        return str(template.render(**given, **values)).encode()

    board = centre.around.board(call)
    if name == "wants":
        drawn = draw(_wants(call, desk, centre, board, look))
        # The key of a page's forms is another one in every answer, and changes nothing shown.
        mark = _mark(drawn.replace(call.csrf.encode(), b"") if call.csrf else drawn)
    else:
        make = _incidents if name == "incidents" else _units

        def made() -> tuple[bytes, str]:
            raw = draw(make(call, centre, board, look))
            return raw, _mark(raw)

        drawn, mark = centre.drawn.of((board.mark, name, look, call.language), made)
    headers = HEADERS | {"etag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(b"", status_code=NOT_MODIFIED, headers=headers)
    return Response(drawn, media_type=MediaType.HTML, headers=headers)


def _mark(drawn: bytes) -> str:
    return f'"{blake2b(drawn, digest_size=8).hexdigest()}"'


@post("/centre/seen", opt={"act": "centre.see_attention"}, include_in_schema=False)
async def see(request: AnyRequest, call: CallGiven, desk: DeskGiven) -> Answer:
    """Say that one has seen what waits."""
    form = await Form.of(request)
    item = form.value("item")
    if not 1 <= len(item) <= ITEM_CHARACTERS_LIMIT:
        raise Refusal(
            Refused(
                code="no_such_attention",
                says="Nothing of that name waits.",
                try_instead="Press the button beside what you have seen.",
            )
        )
    content = SeeAttention(item=item, account=call.account)
    await carried_out(desk, call, call.actor.organisation, content, form.ref)
    return Redirect("/centre", status_code=SEE_OTHER)


def wants_of_board(call: Call, desk: Desk, room: Room, board: BoardNow, look: Look) -> list[Want]:
    """What waits, numbered as the board numbers it."""

    def made() -> list[Attention]:
        names = {each.type: room.around.type_name(call, each.type) for each in board.incidents}
        return unsent(_rows(room, board, look), names, _handles(room, board))

    items = room.drawn.of((board.mark, "unsent", look, call.language), made)
    told = [each for each in room.wanting(call) if look.service in {"", each.service}]
    return wants_now(desk.query, call, [*items, *told])


def _rows(room: Room, board: BoardNow, look: Look) -> list[Row]:
    whole = replace(look, first=0)
    return room.drawn.of((board.mark, "rows", whole), lambda: rows_of(board, whole))


def _handles(room: Room, board: BoardNow) -> dict[str, str]:
    def made() -> dict[str, str]:
        return handles_of([each.id for each in board.incidents])

    return room.drawn.of((board.mark, "handles"), made)


def _incidents(_call: Call, room: Room, board: BoardNow, look: Look) -> dict[str, Any]:
    rows = _rows(room, board, look)
    return {
        "rows": rows[look.first : look.first + ROWS_LIMIT],
        "row_count": len(rows),
        "rows_limit": ROWS_LIMIT,
        "unsent_count": sum(row.is_unsent for row in rows),
        "handles": _handles(room, board),
        "stages": tuple(Stage),
    }


def _units(call: Call, room: Room, board: BoardNow, look: Look) -> dict[str, Any]:
    def named(code: str) -> str:
        return room.around.organisation_name(call, code)

    services = services_of(board, look, named)
    return {
        "services": services,
        "unit_count": sum(sum(each.counts.values()) for each in services),
        "shown_count": sum(len(each.units) for each in services),
        "unit_handles": _handles(room, board),
        "types_at": {each.id: each.type for each in board.incidents},
        "statuses": STATUSES,
    }


def _wants(call: Call, desk: Desk, room: Room, board: BoardNow, look: Look) -> dict[str, Any]:
    wants = wants_of_board(call, desk, room, board, look)
    return {
        "wants": wants[:WANTS_LIMIT],
        "want_count": len(wants),
        "unseen_count": sum(each.seen is None for each in wants),
        "sounds_since": min((each.item.since for each in wants if each.sounds), default=None),
        "louder_after_s": int(LOUDER_AFTER.total_seconds()),
    }


HANDLERS = (board_page, part, see)
