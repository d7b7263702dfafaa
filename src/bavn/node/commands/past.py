# SPDX-License-Identifier: Apache-2.0
"""`bavn import`: histories of turn-outs are imported, looked at beforehand, listed, removed."""

import argparse
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from bavn.kernel.identity import REAL, World
from bavn.node.invented_past import found_past
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import check_name
from bavn.runtime.halt import Halt, halt
from bavn.runtime.past.columns import example, read_map
from bavn.runtime.past.importing import FAULTS_KEPT, NAME_LIMIT, Imported, Importer, Source
from bavn.runtime.past.rows import Fault, Turnout
from bavn.runtime.past.store import FILE, PastFile
from bavn.runtime.texts import Texts

WELL, FAULTS = 0, 1
# At the terminal; the file of faults has the others.
FAULTS_SHOWN = 20


def past_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn import` takes."""
    option = group.add_argument
    option("action", choices=sorted(ACTIONS), help=texts("help.import.action"))
    option("what", nargs="?", default="", metavar="FILE|NAME", help=texts("help.import.what"))
    option("--columns", type=Path, metavar="MAP.toml", help=texts("help.import.columns"))
    option("--preview", action="store_true", help=texts("help.import.preview"))
    option("--name", default="", help=texts("help.import.name"))
    option("--synthetic", action="store_true", help=texts("help.import.synthetic"))
    # An example of a map wants no folder.
    option("--data", type=_folder, metavar="DIR", help=texts("help.data"))
    option("--world", default=REAL, type=World, help=texts("help.world"))


def past_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Do what is asked with the history of a world."""
    return ACTIONS[options.action](options, terminal)


def show_columns(options: argparse.Namespace, terminal: Terminal) -> int:
    """Give an example of a map, to be put in a file and mended there."""
    del options
    terminal.line(example().rstrip())
    return WELL


def import_odin(options: argparse.Namespace, terminal: Terminal) -> int:
    """Take in a list of turn-outs, or say what would come of it."""
    importer = Importer(_place(options), built_in(COUNTRY))
    if not options.what or not Path(options.what).is_file() or options.columns is None:
        raise _what()
    if not options.columns.is_file():
        raise _what()
    file = Path(options.what)
    source = Source(
        file=file,
        name=(options.name or file.stem)[:NAME_LIMIT],
        told=read_map(options.columns, built_in(COUNTRY)),
        is_synthetic=options.synthetic,
    )
    began = clock.seconds()
    done = importer.run(
        source,
        clock.now(),
        lambda fault: said(fault, terminal.texts),
        _progress(terminal, began),
        preview=options.preview,
    )
    terminal.done()
    took_s = max(clock.seconds() - began, 1e-3)
    if options.preview:
        _preview(done, terminal)
    rate = round(done.row_count / took_s)
    took = terminal.texts.lasting(took_s)
    terminal.say("past.read", rows=done.row_count, taken=done.taken_count, took=took, rate=rate)
    _also(done, terminal)
    if options.preview:
        terminal.say("past.previewed", new=done.new_count)
    elif done.taken_count:
        terminal.say("past.imported", new=done.new_count, name=source.name)
    else:
        terminal.say("past.nothing_taken")
    return FAULTS if done.fault_count else WELL


def invent(options: argparse.Namespace, terminal: Terminal) -> int:
    """Have an invented history to look at; never in the real world."""
    place = _place(options)
    if options.world == REAL:
        raise halt(
            "past_real",
            "The real world takes no invented history.",
            "Give the world of a demonstration or an exercise: --world demo.",
        )
    found_past([place], built_in(COUNTRY), clock.now())
    return list_imports(options, terminal)


def list_imports(options: argparse.Namespace, terminal: Terminal) -> int:
    """Say which lists are in the history."""
    file = PastFile(_place(options) / FILE)
    found = file.imports()
    for each in found:
        terminal.say(
            "past.listed",
            name=each.name,
            file=each.file,
            count=each.row_count,
            first=_day(each.first_at),
            last=_day(each.last_at),
            faults=each.fault_count,
            at=f"{each.imported_at:%Y-%m-%d %H:%MZ}",
        )
        if each.is_synthetic:
            terminal.say("past.synthetic")
    if not found:
        terminal.say("past.none")
    file.close()
    return WELL


def remove_import(options: argparse.Namespace, terminal: Terminal) -> int:
    """Take a list's turn-outs out of the history."""
    place = _place(options)
    removed = Importer(place, built_in(COUNTRY)).remove(options.what) if options.what else None
    if removed is None:
        raise halt(
            "past_no_such_list",
            f"No list of the name {options.what or '-'} was imported.",
            "Look at those that were: bavn import list.",
            name=options.what or "-",
        )
    terminal.say("past.removed", name=options.what, count=removed)
    return WELL


Action = Callable[[argparse.Namespace, Terminal], int]
ACTIONS: dict[str, Action] = {
    "columns": show_columns,
    "invent": invent,
    "list": list_imports,
    "odin": import_odin,
    "remove": remove_import,
}


def said(fault: Fault, texts: Texts) -> str:
    """A fault in words: where, what, and what to do. What stands in the cell is never repeated."""
    where = texts("past.row", row=fault.row)
    if fault.column:
        where = f"{where}, {fault.column}"
    return f"{where}: {texts(f'past.fault.{fault.code}')}"


def _preview(done: Imported, terminal: Terminal) -> None:
    texts, codes = terminal.texts, {each.code for each in built_in(COUNTRY).incident_types}
    terminal.say("past.first_rows", count=len(done.first))
    for each in done.first:
        terminal.line(f"  {_row(each)}")
    if done.first_at is not None and done.last_at is not None:
        terminal.say("past.range", first=_day(done.first_at), last=_day(done.last_at))
    terminal.say("past.types")
    for kind, count in done.types:
        mark = "" if kind in codes or not kind else f"  {texts('past.unmapped')}"
        terminal.line(f"  {count:>9}  {kind or '-'}{mark}")
    terminal.say("past.outcomes")
    for outcome, count in done.outcomes:
        name = texts(f"past.outcome.{outcome or 'unknown'}")
        terminal.line(f"  {count:>9}  {name}")


def _also(done: Imported, terminal: Terminal) -> None:
    if done.repeat_count:
        terminal.say("past.repeats", count=done.repeat_count)
    if done.twofold_count:
        terminal.say("past.twofold", count=done.twofold_count)
    if done.faults is None:
        return
    with done.faults.open(encoding="utf-8") as told:
        for line in islice(told, FAULTS_SHOWN):
            terminal.line(f"  {line.rstrip()}")
    terminal.say("past.faults", count=done.fault_count, path=done.faults)
    if done.fault_count > FAULTS_KEPT:
        terminal.say("past.faults_more", limit=FAULTS_KEPT)


def _row(each: Turnout) -> str:
    at = datetime.fromtimestamp(each.at, ZoneInfo(built_in(COUNTRY).time_zone))
    place = "-" if each.x is None or each.y is None else f"{each.x:g} {each.y:g}"
    times = (each.vehicles, each.turnout_s, each.drive_s, each.response_s)
    told = (each.service, each.type, each.municipality, place, each.outcome, each.station, *times)
    cells = ("-" if one in {None, ""} else str(one) for one in told)
    return " | ".join((f"{at:%Y-%m-%d %H:%M:%S%z}", *cells))


def _progress(terminal: Terminal, began_s: float) -> Callable[[int, int, int], None]:
    def told(done: int, of: int, rows: int) -> None:
        rate = round(rows / max(clock.seconds() - began_s, 1e-3))
        share = 100 * done // max(of, 1)
        says = terminal.texts("past.progress", rows=rows, rate=rate, share=share)
        terminal.progress(done, of, says)

    return told


def _place(options: argparse.Namespace) -> Path:
    if options.data is None:
        raise halt(
            "past_no_data",
            "Which node's history is it?",
            "Give its folder: --data DIR.",
        )
    check_name(options.world)
    options.data.signing_key(options.world)
    place: Path = options.data.world_path(options.world)
    return place


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, ZoneInfo(built_in(COUNTRY).time_zone)):%Y-%m-%d}"


def _what() -> Halt:
    return halt(
        "past_no_file",
        "Which list is to be imported, and by which map of its columns?",
        "bavn import odin FILE --columns MAP.toml; an example of a map: bavn import columns.",
    )


def _folder(text: str) -> Folder:
    return Folder(Path(text))
