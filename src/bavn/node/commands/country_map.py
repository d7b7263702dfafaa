# SPDX-License-Identifier: Apache-2.0
"""The commands for the map: import borders, show what is in use, remove it, put it back."""

import argparse
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from bavn.node.terminal import Terminal
from bavn.runtime import clock, map_store
from bavn.runtime.halt import halt
from bavn.runtime.map_files import MUNICIPALITIES, Layer, country_layer, map_rules
from bavn.runtime.map_import import read_borders
from bavn.runtime.map_store import Credit
from bavn.runtime.texts import Texts

DEFAULT_COUNTRY = "denmark"


def map_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn map` takes beside what all commands take."""
    option = group.add_argument
    option("action", choices=sorted(ACTIONS), help=texts("help.map.action"))
    option("file", nargs="?", type=Path, metavar="FILE", help=texts("help.map.file"))
    option("--layer", help=texts("help.map.layer"))
    option("--source", help=texts("help.map.source"))
    option("--licence", help=texts("help.map.licence"))
    option("--date", help=texts("help.map.date"))
    option("--country", default=DEFAULT_COUNTRY, help=texts("help.map.country"))


def map_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Do what is asked with the map of a data folder that has a node in it."""
    options.data.roster_file()
    ACTIONS[options.action](options, terminal)
    return 0


def map_import(options: argparse.Namespace, terminal: Terminal) -> None:
    """Put real borders in place of those that are in use."""
    if options.file is None:
        raise halt(
            "map_no_file",
            "Which file is to be imported?",
            "Give the path of a GeoPackage or GeoJSON file: bavn map import FILE.",
        )
    country = files("bavn") / "countries" / options.country
    borders = read_borders(options.file, country, options.layer)
    rules = map_rules(country)
    credit = Credit(
        source=options.source or (rules.source if rules else ""),
        licence=options.licence or (rules.licence if rules else ""),
        on=options.date,
    )
    kept = map_store.put(options.data.path, borders, credit, options.file, clock.now())
    size = terminal.texts.size(len(kept.layer.raw))
    terminal.say("map.imported", count=len(borders.shapes), size=size)
    if options.source is None:
        terminal.say("map.default_source", source=credit.source)
    if options.date is None:
        terminal.say("map.no_date")
    _tell(kept.layer, terminal)
    if kept.former is not None:
        terminal.say("map.former", path=kept.former)


def map_show(options: argparse.Namespace, terminal: Terminal) -> None:
    """Say which borders are in use, whose they are and how true."""
    layer = map_store.current(options.data.path)
    if layer is None:
        terminal.say("map.built_in")
        layer = country_layer(files("bavn") / "countries" / options.country, MUNICIPALITIES)
    _tell(layer, terminal)


def map_remove(options: argparse.Namespace, terminal: Terminal) -> None:
    """Go back to the borders that the country brings."""
    former = map_store.remove(options.data.path, clock.now())
    if former is None:
        terminal.say("map.nothing_imported")
    else:
        terminal.say("map.removed", path=former)


def map_back(options: argparse.Namespace, terminal: Terminal) -> None:
    """Put the borders in use again that were put aside last."""
    layer = map_store.put_back(options.data.path, clock.now())
    if layer is None:
        terminal.say("map.nothing_former")
    else:
        terminal.say("map.back")
        _tell(layer, terminal)


ACTIONS: dict[str, Callable[[argparse.Namespace, Terminal], None]] = {
    "back": map_back,
    "import": map_import,
    "remove": map_remove,
    "show": map_show,
}


def _tell(layer: Layer, terminal: Terminal) -> None:
    said = layer.metadata
    terminal.say(
        "map.source", source=said.get("attribution", "-"), licence=said.get("licence", "-")
    )
    terminal.say("map.approximate" if said.get("approximate", True) else "map.exact")
