# SPDX-License-Identifier: Apache-2.0
"""The commands for the ways: import a map of roads, show or remove it, close and open roads."""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bavn.node.past_calls import moment_in
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.halt import halt
from bavn.runtime.texts import Texts
from bavn.runtime.travel.closures import RADIUS_M_LIMIT, Closure, Closures
from bavn.runtime.travel.road_map import import_extract, is_installed, remove, road_map

RADIUS_M = 200.0
# Nobody remembers to open what was closed for ever.
LASTS = timedelta(hours=24)


def travel_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn travel` takes beside what all commands take."""
    option = group.add_argument
    option("action", choices=sorted(ACTIONS), help=texts("help.travel.action"))
    option("what", nargs="?", default="", metavar="FILE|NAME", help=texts("help.travel.what"))
    option("--lat", type=float, help=texts("help.travel.lat"))
    option("--lon", type=float, help=texts("help.travel.lon"))
    option("--radius", type=float, default=RADIUS_M, help=texts("help.travel.radius"))
    option("--until", default="", help=texts("help.travel.until"))


def travel_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Do what is asked with the ways of a data folder that has a node in it."""
    options.data.roster_file()
    ACTIONS[options.action](options, terminal)
    return 0


def travel_import(options: argparse.Namespace, terminal: Terminal) -> None:
    """Build a map of roads out of an extract."""
    began = clock.seconds()
    import_extract(Path(options.what), options.data.path, terminal.trouble)
    took = terminal.texts.lasting(clock.seconds() - began)
    terminal.say("travel.imported", took=took)


def travel_show(options: argparse.Namespace, terminal: Terminal) -> None:
    """Say what the times stand on, and what is closed."""
    if not is_installed():
        terminal.say("travel.not_installed")
    terminal.say("travel.coarse" if road_map(options.data.path) is None else "travel.mapped")
    closures = Closures(options.data.path)
    for each in closures.now():
        terminal.say(
            "travel.closure", name=each.name, until=_shown(each.until), radius=round(each.radius_m)
        )
    if not closures.now():
        terminal.say("travel.nothing_closed")


def travel_remove(options: argparse.Namespace, terminal: Terminal) -> None:
    """Go back to the coarse network."""
    terminal.say("travel.removed" if remove(options.data.path) else "travel.nothing_imported")


def travel_close(options: argparse.Namespace, terminal: Terminal) -> None:
    """Close what lies within a circle, until then; a day where nobody says until when."""
    country = built_in(COUNTRY)
    bounds, lat, lon = country.bounds, options.lat, options.lon
    is_inside = (
        lat is not None
        and lon is not None
        and bounds.south <= lat <= bounds.north
        and bounds.west <= lon <= bounds.east
    )
    if not options.what or not is_inside or not 0 < options.radius <= RADIUS_M_LIMIT:
        raise halt(
            "travel_close_what",
            "What is closed, and where?",
            "Give a name, a place in the country and a radius: "
            "bavn travel close NAME --lat LAT --lon LON --radius METRES.",
        )
    zone = ZoneInfo(country.time_zone)
    until = moment_in(options.until, zone) if options.until else clock.now() + LASTS
    if until is None or until <= clock.now():
        raise halt(
            "travel_until",
            "Until when is it closed?",
            "Give a moment that is to come: --until 2026-12-24T18:00.",
        )
    closures = Closures(options.data.path)
    others = [each for each in closures.now() if each.name != options.what]
    closed = Closure(name=options.what, lat=lat, lon=lon, radius_m=options.radius, until=until)
    closures.keep([*others, closed])
    terminal.say("travel.closed", name=closed.name, until=_shown(until))


def travel_open(options: argparse.Namespace, terminal: Terminal) -> None:
    """Open what was closed."""
    closures = Closures(options.data.path)
    others = [each for each in closures.now() if each.name != options.what]
    if len(others) == len(closures.now()):
        raise halt(
            "travel_open_what",
            f"Nothing of the name {options.what} is closed.",
            "Look at what is: bavn travel show.",
            name=options.what,
        )
    closures.keep(others)
    terminal.say("travel.opened", name=options.what)


ACTIONS: dict[str, Callable[[argparse.Namespace, Terminal], None]] = {
    "close": travel_close,
    "import": travel_import,
    "open": travel_open,
    "remove": travel_remove,
    "show": travel_show,
}


def _shown(at: datetime) -> str:
    return at.astimezone(ZoneInfo(built_in(COUNTRY).time_zone)).strftime("%Y-%m-%d %H:%M")
