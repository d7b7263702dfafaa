# SPDX-License-Identifier: Apache-2.0
"""A set of paper: what the record beside whoever writes says of the watch, as a page to print.

Read in a process of its own. Addresses and numbers are opened with the node's own keys, as the
decision about the binder says, and the set is marked and kept as confidential.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bavn.capabilities.centre.model.board import BoardNow, Look, rows_of, services_of
from bavn.capabilities.centre.model.command import handles_of
from bavn.capabilities.centre.pages.showing import Words
from bavn.capabilities.centre.views.cards import cards_of
from bavn.capabilities.operations.capability import room
from bavn.capabilities.operations.facts import INCIDENT_DESCRIBED, IncidentDescribed
from bavn.capabilities.operations.views.room import Room
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.capability import Capability
from bavn.frame.country import Country
from bavn.journal.kinds import Kinds
from bavn.journal.reader import Query, Reader
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.board import LiveBoard
from bavn.node.centre_lists import TalkGroups, duty_lists, own_pick_lists
from bavn.node.centre_names import CountryNames
from bavn.node.country import Land, Types, Units
from bavn.runtime.maps import Maps
from bavn.runtime.opened import Beside
from bavn.runtime.texts import Texts
from bavn.runtime.web.templates import environment

_KINDS = Kinds([INCIDENT_DESCRIBED])
_DESCRIBED = (INCIDENT_DESCRIBED.name,)
# Lines to write on, on the last sheet.
LOG_LINES = 28


class Still:
    """The record as it was at one instant: nothing is told of while it is read."""

    def __init__(self, beside: Beside, world: World) -> None:
        self.query = Query(beside.record, beside.vault)
        self.world, self.node = world, beside.record.identity.node

    def watch(self, watcher: object) -> None:
        """Nothing happens."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of an incident: texts that may name people."""

    address: str = ""
    callback: str = ""
    unread_count: int = 0


def binder_of(  # noqa: PLR0913 - what a set is made of
    beside: Beside,
    world: World,
    country: Country,
    data: Path,
    capabilities: tuple[Capability, ...],
    *,
    now: datetime,
    language: str,
    private: bool = True,
) -> bytes:
    """A set as one page that needs nothing but a browser."""
    still = Still(beside, world)
    hosts = beside.record.roster.hosted_by(still.node)
    call = _call(still.node, hosts, language, now)
    register, operations = _rooms(still, country, data)
    board = LiveBoard(still, operations, TalkGroups(still.query)).now(now)
    around = CountryNames(register, operations)
    hosted = frozenset(map(str, hosts))
    # A node that hosts all of an area or the nation has all of it; others have what is their own.
    board = msgspec.structs.replace(
        board,
        incidents=[each for each in board.incidents if {each.service, each.area} & hosted],
        units=[each for each in board.units if {each.service, each.area} & hosted],
    )
    said = _said(still.query, call.reader, board) if private else {}
    words = Words(call, around)
    template = environment(capabilities, world).get_template("centre/binder_set.html")
    services = services_of(board, Look(service=""), words.organisation)
    page = template.render(
        call=call,
        t=call.say,
        words=words,
        zone=ZoneInfo(country.time_zone),
        rows=rows_of(board, Look()),
        handles=handles_of([each.id for each in board.incidents]),
        said=said,
        private=private,
        services=services,
        by_service=_by_service(board),
        cards=cards_of(still.query, call, call.actor.organisation, around.cards(language)),
        lists=[
            *duty_lists(still.query, call, country.id, around.zone, private=private),
            own_pick_lists(still.query, call, around, hosted),
            *around.lists(call, hosted),
        ],
        log_lines=LOG_LINES,
        node=still.node,
    )
    return page.encode()


def _rooms(still: Still, country: Country, data: Path) -> tuple[Register, Room]:
    register = Register(country, still.query)
    return register, room(
        territory=Land(register, Maps(files("bavn") / "countries" / country.id, data)),
        registry=Units(register),
        types=Types(country),
        zone=country.time_zone,
        functions=country.functions,
        resource_types=country.resource_types,
        capability_names=country.capability_names,
    )


def _call(node: NodeId, hosts: tuple[OrganisationId, ...], language: str, now: datetime) -> Call:
    """The node itself, for those whom it hosts."""
    own = hosts[0] if hosts else OrganisationId(node)
    return Call(
        actor=Actor(organisation=own, function="machine"),
        organisations=frozenset(hosts),
        reader=Reader(organisations=frozenset(hosts), areas=frozenset(hosts), personal=True),
        sender="binder",
        language=language,
        now=now,
        say=Texts(language),
        # Its times are those of the clock on the wall.
        is_person=True,
    )


def _said(query: Query, reader: Reader, board: BoardNow) -> Mapping[str, Said]:
    return {each.id: _said_of(query, reader, each.service, each.id) for each in board.incidents}


def _said_of(query: Query, reader: Reader, service: str, incident: str) -> Said:
    owner, unread = OrganisationId(service), 0
    texts: dict[str, list[str]] = {"address": [], "callback": []}
    for item in query.history(reader, owner, f"incident:{incident}", _DESCRIBED):
        body = _KINDS.read(item.fact)
        if item.struck or not isinstance(body, IncidentDescribed):
            continue
        for name, into in texts.items():
            sealed = getattr(body, name)
            if sealed is None:
                continue
            text = query.reveal(reader, owner, sealed)
            if isinstance(text, Private):
                into.append(text.reveal())
            else:
                unread += 1
    return Said(
        address="; ".join(texts["address"]),
        callback="; ".join(texts["callback"]),
        unread_count=unread,
    )


def _by_service(board: BoardNow) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for each in sorted(board.units, key=lambda unit: unit.callsign):
        found.setdefault(each.service, []).append(each)
    return found
