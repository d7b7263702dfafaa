# SPDX-License-Identifier: Apache-2.0
"""The commands for the local register of addresses: import it, find in it, show it, remove it."""

import argparse
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from bavn.node.terminal import Terminal
from bavn.runtime import clock
from bavn.runtime.addresses import importing
from bavn.runtime.addresses.importing import Importer, Source
from bavn.runtime.addresses.register import AddressFile
from bavn.runtime.countries import built_in
from bavn.runtime.halt import halt
from bavn.runtime.texts import Texts

DEFAULT_COUNTRY = "denmark"
ENCODINGS = {"utf-8": "utf-8-sig", "latin-1": "latin-1"}
WELL, FAULTS = 0, 1
# At the terminal; the file of faults has all of them.
FAULTS_SHOWN = 20
FOUND_SHOWN = 10


def address_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn address` takes beside what all commands take."""
    option = group.add_argument
    option("action", choices=sorted(ACTIONS), help=texts("help.address.action"))
    option("what", nargs="*", metavar="FILE|TEXT", help=texts("help.address.what"))
    option(
        "--column",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help=texts("help.address.column"),
    )
    option("--encoding", choices=ENCODINGS, default="utf-8", help=texts("help.address.encoding"))
    option("--source", default="", help=texts("help.address.source"))
    option("--date", default="", help=texts("help.address.date"))
    option("--without-faulty", action="store_true", help=texts("help.address.without_faulty"))
    option("--municipality", metavar="CODE", help=texts("help.address.municipality"))
    option("--country", default=DEFAULT_COUNTRY, help=texts("help.address.country"))


def address_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Do what is asked with the addresses of a data folder that has a node in it."""
    options.data.roster_file()
    return ACTIONS[options.action](options, terminal)


def address_import(options: argparse.Namespace, terminal: Terminal) -> int:
    """Build a register from a list, and put it in the old one's place when it is whole."""
    if len(options.what) != 1 or not Path(options.what[0]).is_file():
        raise halt(
            "addresses_no_file",
            "Which file is to be imported?",
            "Give the path of one CSV file: bavn address import FILE.",
        )
    file, country = Path(options.what[0]), built_in(options.country)
    source = Source(
        file=file,
        name=options.source or file.name,
        as_of=options.date,
        columns=dict(_column(each) for each in options.column),
        encoding=ENCODINGS[options.encoding],
    )
    codes = frozenset(each.code for each in country.municipalities)
    importer = Importer(options.data.path, codes, country.bounds, terminal.progress)
    began = clock.seconds()
    done = importer.run(source, clock.now(), without_faulty=options.without_faulty)
    terminal.done()
    took = terminal.texts.lasting(clock.seconds() - began)
    terminal.say(
        "address.read", rows=done.row_count, houses=done.house_count, streets=done.street_count
    )
    if done.repeat_count:
        terminal.say("address.repeats", count=done.repeat_count)
    if done.faults is not None:
        with done.faults.open(encoding="utf-8") as told:
            for line in islice(told, FAULTS_SHOWN):
                terminal.line(f"  {line.rstrip()}")
        terminal.say("address.faults", count=done.fault_count, path=done.faults)
    terminal.say("address.in_use" if done.in_use else "address.not_in_use", took=took)
    return FAULTS if done.fault_count else WELL


def address_find(options: argparse.Namespace, terminal: Terminal) -> int:
    """Say which addresses a text may mean, as the page for new incidents finds them."""
    file = AddressFile(options.data.path)
    found = file.find(" ".join(options.what), municipality=options.municipality, limit=FOUND_SHOWN)
    for each in found:
        mark = "address.number_unknown" if each.number_unknown else "address.street"
        says = "" if each.exact else terminal.texts(mark)
        terminal.line(f"{each.text}  {each.lat:.5f}, {each.lon:.5f}  {each.municipality}  {says}")
    if not found:
        terminal.say("address.nothing")
    file.close()
    return WELL if found else FAULTS


def address_show(options: argparse.Namespace, terminal: Terminal) -> int:
    """Say which register is in use, of when it is and how large."""
    file = AddressFile(options.data.path)
    register = file.register()
    if register is None:
        terminal.say("address.none")
    else:
        terminal.say(
            "address.register",
            source=register.source,
            as_of=register.as_of or "-",
            houses=register.house_count,
            streets=register.street_count,
            at=f"{register.imported_at:%Y-%m-%d %H:%MZ}",
        )
        if register.is_invented:
            terminal.say("address.invented")
    file.close()
    return WELL


def address_remove(options: argparse.Namespace, terminal: Terminal) -> int:
    """Take the register out of use: what is typed is kept, and no place is known by it."""
    was_there = importing.remove(options.data.path)
    terminal.say("address.removed" if was_there else "address.none")
    return WELL


Action = Callable[[argparse.Namespace, Terminal], int]
ACTIONS: dict[str, Action] = {
    "find": address_find,
    "import": address_import,
    "remove": address_remove,
    "show": address_show,
}


def _column(text: str) -> tuple[str, str]:
    name, _, column = text.partition("=")
    return name, column
