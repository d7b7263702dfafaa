# SPDX-License-Identifier: Apache-2.0
"""`bavn archive`: a package for the archive is made beside whoever writes, and verified."""

import argparse
from datetime import date
from pathlib import Path

from bavn.kernel.identity import REAL, OrganisationId, World
from bavn.node.archive_package import Gathering, Wanted
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY, catalogue
from bavn.runtime import clock
from bavn.runtime.archive.shelf import note_package
from bavn.runtime.archive.verifying import contents_of, faults_of
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder, make_folder
from bavn.runtime.founding import check_name
from bavn.runtime.halt import halt
from bavn.runtime.opened import open_beside
from bavn.runtime.readings.kept import ReadingLog
from bavn.runtime.texts import Texts

WELL, FAULTS = 0, 1
ACTIONS = ("make", "verify")


def archive_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn archive` takes."""
    option = group.add_argument
    option("action", choices=ACTIONS, help=texts("help.archive.action"))
    option("package", nargs="?", type=Path, metavar="DIR", help=texts("help.archive.package"))
    option("--of", default="", metavar="ORGANISATION", help=texts("help.archive.of"))
    option("--from", dest="begin", type=_day, metavar="DAY", help=texts("help.archive.begin"))
    option("--to", dest="end", type=_day, metavar="DAY", help=texts("help.archive.end"))
    option("--out", type=Path, metavar="DIR", help=texts("help.archive.out"))
    # Who verifies a package may have no node.
    option("--data", type=_folder, metavar="DIR", help=texts("help.data"))
    option("--world", default=REAL, type=World, help=texts("help.world"))


def archive_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Make a package, or verify one."""
    return _make(options, terminal) if options.action == "make" else _verify(options, terminal)


def _make(options: argparse.Namespace, terminal: Terminal) -> int:
    given = (options.data, options.of, options.begin, options.end, options.out)
    if not all(given) or options.begin >= options.end:
        raise halt(
            "archive_what",
            "Whose incidents, of which period, and where to?",
            "bavn archive make --data DIR --of ORGANISATION --from DAY --to DAY --out DIR.",
        )
    check_name(options.world)
    folder: Folder = options.data
    owner = OrganisationId(options.of)
    target = options.out / f"bavn-{owner}-{options.begin}-{options.end}"
    if folder.path.resolve() in target.resolve().parents:
        raise halt(
            "archive_in_data",
            "The data folder is no place for a package: backups would take it along.",
            "Give another folder with --out.",
        )
    make_folder(options.out)
    readings = ReadingLog(folder.readings_path(options.world))
    try:
        with open_beside(folder, options.world, catalogue()) as beside:
            gathering = Gathering(beside, built_in(COUNTRY), options.world, readings)
            wanted = Wanted(owner=owner, begin=options.begin, end=options.end)
            noted = gathering.make(wanted, target, clock.now(), terminal.progress)
    finally:
        readings.close_at_once()
    terminal.done()
    note_package(folder.world_path(options.world), noted)
    size = terminal.texts.size(noted.size)
    count = len(noted.incidents) + noted.lacking_count
    terminal.say("archive_command.made", path=target, count=count, size=size)
    terminal.say("archive_command.digest", digest=noted.digest)
    if noted.lacking_count:
        terminal.say("archive_command.lacking", count=noted.lacking_count)
    terminal.say("archive_command.next")
    return FAULTS if noted.lacking_count else WELL


def _verify(options: argparse.Namespace, terminal: Terminal) -> int:
    if options.package is None:
        raise halt(
            "archive_which",
            "Which package is to be verified?",
            "bavn archive verify DIR.",
        )
    told, digest = contents_of(options.package)
    count = 0
    for fault in faults_of(options.package, terminal.progress):
        terminal.done()
        says = terminal.texts(f"archive_command.fault.{fault.code}")
        terminal.say("archive_command.faulty", path=fault.path, says=says)
        count += 1
    terminal.done()
    if count:
        terminal.say("archive_command.faults", count=count)
        return FAULTS
    terminal.say(
        "archive_command.well",
        incidents=told.incidents,
        facts=told.rows["facts"],
        files=len(told.files),
    )
    terminal.say("archive_command.digest", digest=digest)
    return WELL


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _folder(text: str) -> Folder:
    return Folder(Path(text))
