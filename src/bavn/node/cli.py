# SPDX-License-Identifier: Apache-2.0
"""The command line: `bavn COMMAND --data DIR`. Exit 0: well. 1: faults were found. 2: refused."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from bavn.journal.store import StoreBroken, StoreFull
from bavn.kernel.identity import REAL, World
from bavn.kernel.refusal import BadInput
from bavn.node.commands import (
    access,
    address,
    archive,
    binder,
    bundle,
    country_map,
    demo,
    device,
    joining,
    keeping,
    mandates,
    past,
    picklist,
    record,
    serve,
    travel,
)
from bavn.node.terminal import Terminal
from bavn.runtime.folder import Folder
from bavn.runtime.founding import check_name
from bavn.runtime.halt import Halt
from bavn.runtime.program import VERSION
from bavn.runtime.texts import DEFAULT_LANGUAGE, LANGUAGES, Texts

WELL, FAULTS, REFUSED, INTERRUPTED = 0, 1, 2, 130

Command = Callable[[argparse.Namespace, Terminal], int]
Options = Callable[[argparse._ArgumentGroup, Texts], None]  # noqa: SLF001 - it has no public name
COMMANDS: dict[str, Command] = {
    "init": joining.init,
    "verify": record.verify,
    "doctor": record.doctor,
    "archive": archive.archive_command,
    "backup": keeping.backup,
    "restore": keeping.restore_backup,
    "binder": binder.binder,
    "resume": record.resume,
    "settle": record.settle,
    "rebuild": record.rebuild,
    "serve": serve.serve_node,
    "token": access.token,
    "user": access.user,
    "map": country_map.map_command,
    "import": past.past_command,
    "mandates": mandates.mandates_command,
    "address": address.address_command,
    "picklist": picklist.picklist,
    "travel": travel.travel_command,
    "node": joining.node_command,
    "join": joining.join_command,
    "bundle": bundle.bundle,
    "demo": demo.demo,
    "device": device.device,
}
# They bring a world of their own, or ask for none.
WITHOUT_DATA = frozenset({"archive", "demo", "import", "mandates"})
# What a command takes beside what all take.
OPTIONS: dict[str, Options] = {
    "init": joining.init_options,
    "verify": record.verify_options,
    "archive": archive.archive_options,
    "backup": keeping.backup_options,
    "restore": keeping.restore_options,
    "binder": binder.binder_options,
    "settle": record.settle_options,
    "serve": serve.serve_options,
    "token": access.token_options,
    "user": access.user_options,
    "map": country_map.map_options,
    "import": past.past_options,
    "mandates": mandates.mandates_options,
    "address": address.address_options,
    "picklist": picklist.picklist_options,
    "travel": travel.travel_options,
    "node": joining.node_options,
    "join": joining.join_options,
    "bundle": bundle.bundle_options,
    "demo": demo.demo_options,
    "device": device.device_options,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; what the exit code is to be."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    texts = Texts(_language(given))
    terminal = Terminal(texts)
    options = _parser(texts).parse_args(given)
    try:
        return _carried_out(COMMANDS[options.command], options, terminal)
    except KeyboardInterrupt:
        terminal.trouble(texts("cli.interrupted"))
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever was listening has gone, as `head` does; what is left is not for the terminal.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAULTS


def _carried_out(command: Command, options: argparse.Namespace, terminal: Terminal) -> int:
    texts = terminal.texts
    try:
        if options.command not in WITHOUT_DATA:
            check_name(options.world)
        return command(options, terminal)
    except Halt as halted:
        terminal.refuse(halted.refused)
    except BadInput as bad:
        for problem in bad.problems:
            terminal.trouble(f"{problem.where}: {problem.says}")
    except StoreFull:
        terminal.trouble(texts("cli.disk_full"), texts("cli.disk_full_do"))
    except StoreBroken as broken:
        terminal.trouble(texts("cli.broken", says=broken), texts("cli.broken_do"))
        return FAULTS
    except BrokenPipeError:
        raise
    except PermissionError as error:
        path = error.filename or "?"
        terminal.trouble(texts("cli.no_permission", path=path), texts("cli.no_permission_do"))
    except OSError as error:
        says = texts("cli.machine", path=error.filename or "?", says=error.strerror or error)
        terminal.trouble(says, texts("cli.machine_do"))
    return REFUSED


def _language(given: Sequence[str]) -> str:
    """The language asked for, looked up before the rest, since the help is in it too."""
    for index, word in enumerate(given):
        name, _, value = word.partition("=")
        if name == "--lang":
            asked = value or (given[index + 1] if index + 1 < len(given) else "")
            return asked if asked in LANGUAGES else DEFAULT_LANGUAGE
    return DEFAULT_LANGUAGE


class _Parser(argparse.ArgumentParser):
    """A parser that speaks as all else does: its complaint is a refusal, its headings are texts."""

    texts: Texts

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(self.texts("cli.trouble", says=message) + "\n")
        sys.stderr.write(self.texts("cli.usage_do", program=self.prog) + "\n")
        raise SystemExit(REFUSED)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", self.texts("help.usage"), 1)


def _parser(texts: Texts) -> argparse.ArgumentParser:
    _Parser.texts = texts
    parser = _Parser(
        prog="bavn", description=texts("help.bavn"), allow_abbrev=False, add_help=False
    )
    options = _options_of_all(parser, texts)
    version = texts("help.version")
    options.add_argument("--version", action="version", version=f"bavn {VERSION}", help=version)
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title=texts("help.commands")
    )
    for name in COMMANDS:
        command = commands.add_parser(
            name,
            help=texts(f"help.{name}.short"),
            description=texts(f"help.{name}.long"),
            allow_abbrev=False,
            add_help=False,
        )
        own = _options_of_all(command, texts)
        if name not in WITHOUT_DATA:
            data, world = texts("help.data"), texts("help.world")
            own.add_argument("--data", required=True, type=_folder, metavar="DIR", help=data)
            own.add_argument("--world", default=REAL, type=World, help=world)
        _own_options(own, name, texts)
    return parser


_Group = argparse._ArgumentGroup  # noqa: SLF001 - argparse has no public name for it


def _options_of_all(parser: argparse.ArgumentParser, texts: Texts) -> _Group:
    """A group with the options that every command takes."""
    options = parser.add_argument_group(texts("help.options"))
    options.add_argument("-h", "--help", action="help", help=texts("help.help"))
    options.add_argument(
        "--lang", choices=LANGUAGES, default=DEFAULT_LANGUAGE, help=texts("help.lang")
    )
    return options


def _own_options(group: _Group, name: str, texts: Texts) -> None:
    """What one command takes beside what all take."""
    own = OPTIONS.get(name)
    if own is not None:
        own(group, texts)


def _folder(text: str) -> Folder:
    return Folder(Path(text))


if __name__ == "__main__":
    sys.exit(main())
