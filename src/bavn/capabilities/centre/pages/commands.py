# SPDX-License-Identifier: Apache-2.0
"""The command line: what a line would do, before it does it.

Nothing is done here. A line becomes the address and the fields of an ordinary page, and that page
does it, with its own permissions, for whoever may.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import MediaType, Response, get
from litestar.response import Template

from bavn.capabilities.centre.model import command as grammar
from bavn.capabilities.centre.model.board import BoardNow, Look
from bavn.capabilities.centre.model.command import Command, Misread, Names
from bavn.capabilities.centre.model.completing import complete
from bavn.capabilities.centre.pages.board import look_in, wants_of_board
from bavn.capabilities.centre.pages.showing import Words
from bavn.capabilities.centre.ports import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.forms import AnyRequest
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a line would do: `go` opens a page, `post` sends a form, the rest happens on the page.

    `asks` tells that a person is to confirm it: it cannot be taken back by a key.
    """

    does: str
    says: str
    path: str = ""
    fields: Mapping[str, str | list[str]] = {}
    asks: bool = False
    minutes: int = 0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: a plan, or what is wrong and what to write instead; and what may follow."""

    plan: Plan | None = None
    wrong: str = ""
    offers: tuple[str, ...] = ()
    completions: tuple[str, ...] = ()


@get("/centre/command", opt={"act": "centre.read_board"}, include_in_schema=False)
async def command(
    request: AnyRequest,
    call: CallGiven,
    desk: DeskGiven,
    centre: RoomGiven,
    *,
    line: str = "",
    plain: bool = False,
) -> Response[bytes] | Template:
    """What the line would do, as data; or as a page with a button, for who has no scripts."""
    board = centre.around.board(call)
    planner = _Planner(call, desk, centre, board, look_in(request, call, centre))
    told = told_of(line, call, centre, board, planner)
    if plain:
        return page(call, "centre/command.html", line=line, told=told, urlencode=urlencode)
    return Response(msgspec.json.encode(told), media_type=MediaType.JSON)


@get("/centre/command/help", opt={"act": "centre.read_board"}, include_in_schema=False)
async def help_page(call: CallGiven, centre: RoomGiven) -> Template:
    """All words that are understood, with what they do."""
    words = centre.around.words
    return page(
        call,
        "centre/help.html",
        verbs=_by_meaning(words.verbs),
        statuses=_by_meaning(words.statuses),
        outcomes=_by_meaning(words.outcomes),
        places=_by_meaning(words.places),
        words=Words(call, centre.around),
    )


def told_of(line: str, call: Call, room: Room, board: BoardNow, planner: "_Planner") -> Told:
    """What a line would do for this caller now."""
    words, names = room.around.words, names_of(room, board)
    read = grammar.parse(line, words, names)
    completions = complete(line, words, room.around.offered(call.language), names)
    if isinstance(read, Misread):
        wrong = call.say(f"centre.misread.{read.code}", value=read.value)
        return Told(wrong=wrong, offers=read.offers, completions=completions)
    return Told(plan=planner.plan(read), completions=completions)


def names_of(room: Room, board: BoardNow) -> Names:
    """What things are called now."""
    units = {grammar.folded(each.id): each.id for each in board.units}
    units |= {grammar.folded(each.callsign): each.id for each in board.units}
    return Names(
        units=units, incidents=[each.id for each in board.incidents], types=room.around.types()
    )


def _by_meaning(words: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word, meaning in words.items():
        found.setdefault(str(meaning), []).append(word)
    return found


class _Planner:
    """Turns what was read into what an ordinary page is asked."""

    def __init__(self, call: Call, desk: Desk, room: Room, board: BoardNow, look: Look) -> None:
        self._call, self._desk, self._room, self._board = call, desk, room, board
        self._look = look
        self._words = Words(call, room.around)
        self._callsigns = {each.id: each.callsign for each in board.units}
        self._incidents = {each.id: each for each in board.incidents}
        self._handles = grammar.handles_of(list(self._incidents))

    def plan(self, read: Command) -> Plan:
        """What it would do."""
        match read:
            case grammar.SetStatus() | grammar.Show() | grammar.Go():
                return self._moves(read)
            case grammar.Seen(number=number):
                return self._seen(number)
            case grammar.Mute(minutes=minutes):
                return Plan(does="mute", says=self._say("mute", count=minutes), minutes=minutes)
            case grammar.Help():
                return Plan(does="go", says=self._say("help"), path="/centre/command/help")
            case _:
                return self._done(read)

    def _moves(self, read: grammar.SetStatus | grammar.Show | grammar.Go) -> Plan:
        match read:
            case grammar.SetStatus(unit=unit, status=status, incident=incident):
                says = self._say("status", unit=self._unit(unit), status=self._words.status(status))
                fields: dict[str, str | list[str]] = {"status": status}
                if incident is not None:
                    fields["incident"] = incident
                    says = self._say(
                        "status_at",
                        unit=self._unit(unit),
                        status=self._words.status(status),
                        incident=self._incident(incident),
                    )
                return Plan(does="post", says=says, path=f"/units/{unit}/status", fields=fields)
            case grammar.Show(unit=unit, incident=incident):
                if unit is not None:
                    return self._go("show", f"/units/{unit}", what=self._unit(unit))
                what = self._incident(str(incident))
                return self._go("show", f"/incidents/{incident}", what=what)
            case grammar.Go(place=place):
                return self._go("go", self._room.around.places[place], place=place)

    def _done(self, read: Command) -> Plan:
        match read:
            case grammar.Note(incident=incident, text=text):
                says = self._say("note", incident=self._incident(incident), text=text)
                path = f"/incidents/{incident}/note"
                return Plan(does="post", says=says, path=path, fields={"note": text})
            case grammar.Close(incident=incident, outcome=outcome):
                return self._close(incident, outcome)
            case grammar.Send() | grammar.Recall():
                return self._crew(read)
            case grammar.Report(type=type_, where=where):
                return self._report(type_, where)
            case _:
                return self._go("help", "/centre/command/help")

    def _crew(self, read: grammar.Send | grammar.Recall) -> Plan:
        incident, path = self._incident(read.incident), f"/incidents/{read.incident}/send"
        if not read.units:
            return self._go("propose", path, incident=incident)
        units = self._all(read.units)
        fields: dict[str, str | list[str]] = {"unit": list(read.units)}
        if isinstance(read, grammar.Send):
            says = self._say("send", incident=incident, units=units)
            return Plan(does="post", says=says, path=path, fields=fields)
        says, path = self._say("recall", incident=incident, units=units), f"{path}/stand-down"
        return Plan(does="post", says=says, path=path, fields=fields, asks=True)

    def _close(self, incident: str, outcome: str | None) -> Plan:
        what = self._incident(incident)
        if outcome is None:
            # What it was is for a person to say: the page asks.
            return self._go("close_ask", f"/incidents/{incident}#close-form", incident=what)
        named = self._call.say(f"operations.outcome.{outcome}")
        says = self._say("close", incident=what, outcome=named)
        path = f"/incidents/{incident}/close"
        return Plan(does="post", says=says, path=path, fields={"outcome": outcome}, asks=True)

    def _report(self, type_: str | None, where: str) -> Plan:
        if type_ is None and not where:
            return self._go("new_blank", "/incidents/new")
        says = self._say("new", type=self._words.type(type_ or ""), where=where or "–")
        fields: dict[str, str | list[str]] = {"address": where, "anyway": "1"}
        if type_ is not None:
            fields["type"] = type_
        # After a comma stands the town, where it names one.
        town = where.rpartition(",")[2].strip()
        if town in self._towns():
            fields["where"] = town
        return Plan(does="post", says=says, path="/incidents/new", fields=fields)

    def _seen(self, number: int) -> Plan:
        wants = wants_of_board(self._call, self._desk, self._room, self._board, self._look)
        found = next((each for each in wants if each.number == number), None)
        if found is None or found.seen is not None:
            return Plan(does="none", says=self._say("seen_none"))
        says = self._say("seen", what=self._call.say(found.item.text, **found.item.values))
        return Plan(does="post", says=says, path="/centre/seen", fields={"item": found.item.id})

    def _towns(self) -> frozenset[str]:
        return frozenset(each.name for each in self._room.around.towns(self._call))

    def _go(self, name: str, path: str, **values: Any) -> Plan:
        return Plan(does="go", says=self._say(name, **values), path=path)

    def _say(self, name: str, /, **values: Any) -> str:
        return self._call.say(f"centre.plan.{name}", **values)

    def _unit(self, unit: str) -> str:
        return self._callsigns.get(unit, unit)

    def _all(self, units: tuple[str, ...]) -> str:
        return ", ".join(self._unit(each) for each in units)

    def _incident(self, incident: str) -> str:
        known = self._incidents[incident]
        named = self._words.type(known.type)
        return f"{self._handles[incident]} {named}" + (f", {known.place}" if known.place else "")


HANDLERS = (command, help_page)
