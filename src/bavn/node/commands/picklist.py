# SPDX-License-Identifier: Apache-2.0
"""The bench of pick lists: what a changed list would have sent to calls of the past."""

import argparse
import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import msgspec

from bavn.capabilities.dispatch.ports import Need
from bavn.capabilities.dispatch.views.recommending import NEAR_TIE_S
from bavn.capabilities.dispatch.views.replaying import Replay, Sent
from bavn.capabilities.organisation.facts import PickListSet
from bavn.capabilities.organisation.model.dated import on_day
from bavn.capabilities.organisation.model.lists import CSV, Known, body_of, id_of, read_list
from bavn.capabilities.organisation.model.settling import ListKind
from bavn.capabilities.organisation.views import looking
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.country import Country
from bavn.journal.reader import Query, Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import BadInput, Problem
from bavn.node.fleets import Fleets, picked_of
from bavn.node.past_calls import NAMES, PastCall, RowFault, Table, calls_on_record
from bavn.node.replayed import Bench, Compared, Tally, Total
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY, catalogue
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.halt import Halt, halt
from bavn.runtime.maps import Maps
from bavn.runtime.opened import open_beside
from bavn.runtime.texts import Texts
from bavn.runtime.travel.coarse import CoarseWays
from bavn.runtime.travel.tables import MINUTE_S, travel_tables

WELL, FAULTS = 0, 1
# At the terminal; all are counted.
FAULTS_SHOWN = 20
ENCODINGS = {"utf-8": "utf-8-sig", "latin-1": "latin-1"}
COLUMNS = (
    *("call", "at", "type", "lat", "lon", "changed"),
    *(
        f"{whose}_{what}"
        for whose in ("old", "new")
        for what in (
            *("units", "adequate", "missing", "first_s", "first_p90_s"),
            *("last_s", "last_p90_s", "uncovered"),
        )
    ),
)


@dataclass
class Faults:
    """Counts what is wrong with rows, and keeps the first few."""

    count: int = 0
    first: list[RowFault] = field(default_factory=list)

    def add(self, fault: RowFault) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < FAULTS_SHOWN:
            self.first.append(fault)


def picklist_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn picklist` takes beside what all commands take."""
    option = group.add_argument
    option("action", choices=["replay"], help=texts("help.picklist.action"))
    option("calls", nargs="?", type=Path, metavar="CALLS.csv", help=texts("help.picklist.calls"))
    option("--service", required=True, help=texts("help.picklist.service"))
    option("--list", type=Path, metavar="FILE", help=texts("help.picklist.list"))
    option("--from", dest="first", type=date.fromisoformat, help=texts("help.picklist.first"))
    option("--to", dest="last", type=date.fromisoformat, help=texts("help.picklist.last"))
    option("--on", type=date.fromisoformat, help=texts("help.picklist.on"))
    option(
        "--column",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help=texts("help.picklist.column"),
    )
    option("--encoding", choices=ENCODINGS, default="utf-8", help=texts("help.picklist.encoding"))
    option("--busy", action="store_true", help=texts("help.picklist.busy"))
    option("--csv", type=Path, metavar="FILE", help=texts("help.picklist.csv"))
    option("--json", type=Path, metavar="FILE", help=texts("help.picklist.json"))


def picklist(options: argparse.Namespace, terminal: Terminal) -> int:
    """Send to each call by the list that holds and by the other one, and tell what differs."""
    country, service = built_in(COUNTRY), OrganisationId(options.service)
    with open_beside(options.data, options.world, catalogue()) as beside:
        query = Query(beside.record, beside.vault)
        register = Register(country, query)
        on = options.on or register.today(clock.now())
        if service not in register.on(on).services:
            raise halt(
                "picklist_service",
                f"No service {service} is known on {on}.",
                "Give the id of a service, as in the register: --service ID.",
                service=service,
            )
        look = _look(query, service)
        held = _lists(look, service, on)
        other = held
        if options.list is not None:
            other = _received(options.list, looking.known(look, country, service, on), on)
        bench = _bench(register, on, (held, other), options)
        faults = Faults()
        calls = _calls(options, terminal, country, query, faults)
        return _run(bench, calls, options, terminal, faults)


def _look(query: Query, service: OrganisationId) -> looking.Look:
    reader = Reader(organisations=frozenset({service}))
    return lambda view, where: query.rows(reader, view, where)


def _lists(look: looking.Look, service: OrganisationId, on: date) -> dict[str, PickListSet]:
    told = looking.pick_lists(look, service)
    return {each.id: each.body for each in on_day(told, on)}


def _bench(
    register: Register,
    on: date,
    lists: tuple[Mapping[str, PickListSet], Mapping[str, PickListSet]],
    options: argparse.Namespace,
) -> Bench:
    country, (held, other) = register.country, lists
    ways = CoarseWays(country.id, Maps(files("bavn") / "countries" / country.id, options.data.path))
    fleet = Fleets(country, ways).of(register.on(on))
    types = {each.code: each for each in country.incident_types}
    reach = travel_tables(country.id).reach_s

    def old(code: str) -> tuple[Need, ...]:
        return picked_of(country, held.get(code), code).needs

    def new(code: str) -> tuple[Need, ...]:
        # What the new list leaves out stays as it is: a list is changed line by line.
        return picked_of(country, other.get(code, held.get(code)), code).needs

    return Bench(
        old=old,
        new=new,
        replays=(Replay.of(fleet, ways, NEAR_TIE_S), Replay.of(fleet, ways, NEAR_TIE_S)),
        reach_s={code: reach[each.urgency] for code, each in types.items()},
        lasts_s={code: each.median_duration_min * MINUTE_S for code, each in types.items()},
        stays_away=options.busy,
    )


def _received(path: Path, known: Known, on: date) -> dict[str, PickListSet]:
    """A list as organisation receives it; BadInput with every fault, by row and column."""
    if not path.is_file():
        raise _no_file(path)
    read = read_list(path.read_bytes(), ListKind.PICK_LISTS, CSV, known)
    if read.problems:
        raise BadInput(
            *(Problem(where=f"{path.name} {each.where}", says=each.says) for each in read.problems)
        )
    found = {}
    for row in read.rows:
        body = body_of(ListKind.PICK_LISTS, row.cells, on, "")
        assert isinstance(body, PickListSet), "that is what a row of a pick list is"
        found[id_of(ListKind.PICK_LISTS, row.cells)] = body
    return found


def _calls(
    options: argparse.Namespace,
    terminal: Terminal,
    country: Country,
    query: Query,
    faults: "Faults",
) -> Iterator[PastCall]:
    zone = ZoneInfo(country.time_zone)
    if options.calls is None:
        if options.first is None or options.last is None:
            raise halt(
                "picklist_no_calls",
                "Which calls are to be looked at?",
                "Give a table of calls, or the days on record: --from DATE --to DATE.",
            )
        service = OrganisationId(options.service)
        return calls_on_record(query, service, options.first, options.last, zone)
    if not options.calls.is_file():
        raise _no_file(options.calls)
    table = Table(
        path=options.calls,
        columns=dict(_column(each) for each in options.column),
        encoding=ENCODINGS[options.encoding],
        country=country,
        zone=zone,
    )
    size = options.calls.stat().st_size
    return table.calls(faults.add, lambda read: terminal.progress(read, size))


def _no_file(path: Path) -> Halt:
    return halt(
        "picklist_no_file",
        f"There is no file {path}.",
        "Give the path of a CSV file with time, type and place.",
        path=path,
    )


def _column(text: str) -> tuple[str, str]:
    name, _, column = text.partition("=")
    if name not in NAMES or not column:
        raise halt(
            "picklist_column",
            f"--column {text} names no column.",
            f"Write NAME=COLUMN, NAME being one of {', '.join(NAMES)}.",
            given=text,
        )
    return name, column.strip()


def _run(
    bench: Bench,
    calls: Iterator[PastCall],
    options: argparse.Namespace,
    terminal: Terminal,
    faults: "Faults",
) -> int:
    old, new, changed = Tally(), Tally(), 0
    with ExitStack() as stack:
        # The first row is read before a file is made: what is wrong with the heading ends it.
        first = next(iter(found := iter(bench.compared(calls))), None)
        rows: Iterable[Compared] = () if first is None else chain([first], found)
        table = _table(stack, options.csv)
        lines = None if options.json is None else stack.enter_context(options.json.open("wb"))
        if lines is not None:
            lines.write(b'{"items":[')
        for number, each in enumerate(rows):
            old.add(each.old)
            new.add(each.new)
            changed += each.changed
            if table is not None:
                table.writerow(_row(each))
            if lines is not None:
                lines.write((b",\n" if number else b"\n") + msgspec.json.encode(each))
        totals = {"calls": old.calls, "changed": changed, "old": old.total(), "new": new.total()}
        if lines is not None:
            lines.write(b'],\n"totals":' + msgspec.json.encode(totals) + b"}\n")
    terminal.done()
    _tell(terminal, old, new, changed)
    for fault in faults.first:
        says = terminal.texts(f"picklist.fault.{fault.fault}")
        terminal.say("picklist.fault_at", row=fault.row, column=fault.column, says=says)
    if faults.count:
        terminal.say("picklist.faults", count=faults.count)
    return FAULTS if faults.count else WELL


def _table(stack: ExitStack, path: Path | None) -> Any:
    if path is None:
        return None
    file: TextIO = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    return table


def _row(each: Compared) -> list[object]:
    row: list[object] = [each.call, each.at, each.type, each.lat, each.lon, int(each.changed)]
    for sent in (each.old, each.new):
        row += _cells(sent)
    return row


def _cells(sent: Sent) -> list[object]:
    return [
        " ".join(sent.units),
        int(sent.adequate),
        sent.missing,
        *(sent.first_s, sent.first_p90_s, sent.last_s, sent.last_p90_s),
        sent.uncovered,
    ]


def _tell(terminal: Terminal, old: Tally, new: Tally, changed: int) -> None:
    texts = terminal.texts
    terminal.say("picklist.calls", count=old.calls, changed=changed)
    terminal.line(f"  {'':<34}{texts('picklist.old'):>14}{texts('picklist.new'):>14}")
    before, after = old.total(), new.total()
    for name in msgspec.structs.fields(Total):
        shown = [_shown(texts, name.name, getattr(each, name.name)) for each in (before, after)]
        terminal.line(f"  {texts(f'picklist.total.{name.name}'):<34}{shown[0]:>14}{shown[1]:>14}")
    terminal.say("picklist.basis")


def _shown(texts: Texts, name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name.endswith("_s"):
        return texts.lasting(value)
    return texts.number(value, 2 if name.endswith("_mean") else 0)
