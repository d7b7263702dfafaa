# SPDX-License-Identifier: Apache-2.0
"""The board: what is open, who is where, and what wants a person; live, one part at a time.

A part is drawn once for each state of what is known, however many look at it, and is sent only to
those who do not have it.
"""

from dataclasses import replace
from hashlib import blake2b
from typing import Any

from litestar import MediaType, Response, get, post
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
from bavn.capabilities.centre.ports import PlaceNamed, Room, RoomGiven
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
# What others say of what waits is no older than this.
ASKED_AGAIN_S = 5
# An id that a capability has made up for what waits; a longer one is no id.
ITEM_CHARACTERS_LIMIT = 200
NOT_MODIFIED, NOT_FOUND = 304, 404
HEADERS = {"cache-control": "private, no-cache", "vary": "Cookie, Accept-Language"}
# What an address may choose; without any of them one's own watch is looked at.
CHOICES = ("service", "area", "group", "type", "from")
FROM_DIGITS_LIMIT = 5


@get("/centre", opt=READ, include_in_schema=False)
async def board_page(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, centre: RoomGiven
) -> Template:
    """The whole board, of the caller's own watch until something else is chosen."""
    look = look_in(request, call, centre)
    around, easel = centre.around, _Easel(request, call, desk, centre, look)
    choices = {
        "area": around.areas(call),
        "service": around.services(call),
        "group": around.groups(call),
        "type": around.unit_types(call),
    }
    every = PlaceNamed(code="", name=call.say("centre.all"))
    answer = page(
        call,
        "centre/board.html",
        filters=[
            (name, getattr(look, name), [(each.code, each.name) for each in (every, *of)])
            for name, of in choices.items()
        ],
        parts={name: easel.part(name)[0].decode() for name in PARTS},
    )
    answer.headers.update(HEADERS)
    return answer


@get("/centre/parts/{name:str}", opt=READ, include_in_schema=False)
async def part(
    request: AnyRequest, name: str, call: CallGiven, desk: DeskGiven, centre: RoomGiven
) -> Response[bytes]:
    """One part of the board; nothing but a word when the asker has it."""
    if name not in PARTS:
        return Response(b"", status_code=NOT_FOUND, media_type=MediaType.HTML)
    look = look_in(request, call, centre)
    drawn, mark = _Easel(request, call, desk, centre, look).part(name)
    headers = HEADERS | {"etag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(b"", status_code=NOT_MODIFIED, headers=headers)
    return Response(drawn, media_type=MediaType.HTML, headers=headers)


def look_in(request: AnyRequest, call: Call, room: Room) -> Look:
    """What of the board is asked for; where nothing is chosen, what the caller's own watch has."""
    chosen = request.query_params
    if not any(name in chosen for name in CHOICES):
        return watch_of(call, room)
    said = {name: str(chosen.get(name, "")) for name in CHOICES}
    first = said.pop("from")
    is_number = first.isascii() and first.isdigit() and len(first) <= FROM_DIGITS_LIMIT
    return Look(**said, first=int(first) if is_number else 0)


def watch_of(call: Call, room: Room) -> Look:
    """What the caller's organisation watches: its service, its area, or the nation."""
    own, around = call.actor.organisation, room.around
    if own in {each.code for each in around.areas(call)}:
        return Look(area=own)
    return Look(service=own) if own in {each.code for each in around.services(call)} else Look()


class _Easel:
    """Draws the parts of one look for one caller."""

    def __init__(self, request: AnyRequest, call: Call, desk: Desk, room: Room, look: Look) -> None:
        self._request, self._call, self._desk, self._room = request, call, desk, room
        self._look, self._board = look, room.around.board(call)

    def part(self, name: str) -> tuple[bytes, str]:
        """One part and its mark; drawn once for everybody, but for what waits at one watch."""
        call, room, board, look = self._call, self._room, self._board, self._look
        if name == "wants":
            drawn = self._draw(name, _wants(call, self._desk, room, board, look))
            # The key of a page's forms is another one in every answer, and changes nothing shown.
            shown = drawn.replace(call.csrf.encode(), b"") if call.csrf else drawn
            return drawn, _mark(shown)
        make = _incidents if name == "incidents" else _units

        def made() -> tuple[bytes, str]:
            raw = self._draw(name, make(call, room, board, look))
            return raw, _mark(raw)

        return room.drawn.of((board.mark, name, look, call.language), made)

    def _draw(self, name: str, values: dict[str, Any]) -> bytes:
        jinja, call = self._request.app.template_engine, self._call
        assert jinja is not None, "pages have templates"
        template = jinja.get_template(f"centre/{name}.html")
        given = {"call": call, "t": call.say, "words": Words(call, self._room.around)}
        return str(template.render(**given, look=self._look, **values)).encode()


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
    # What others say is asked for once for all who may know the same, however many watch. It may
    # change without a fact, when a link is lost or a crew has been out for long.
    turn = int(call.now.timestamp() // ASKED_AGAIN_S)
    who = (call.actor.organisation, call.actor.function, call.reader, call.language)
    asked = room.drawn.of((board.mark, "wanting", who, turn), lambda: room.wanting(call))
    told = [each for each in asked if look.service in {"", each.service}]
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
