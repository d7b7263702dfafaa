# SPDX-License-Identifier: Apache-2.0
"""The commands that back a node up and put it back: backup, restore."""

import argparse
from pathlib import Path

from bavn.node.terminal import Terminal
from bavn.node.wiring import catalogue
from bavn.runtime.backup import back_up
from bavn.runtime.restore import Sources, restore
from bavn.runtime.texts import Texts


def backup_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn backup` takes."""
    option = group.add_argument
    option("target", type=Path, metavar="DIR", help=texts("help.backup.target"))
    option("--keys-to", type=Path, metavar="DIR", help=texts("help.backup.keys_to"))


def restore_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn restore` takes."""
    option = group.add_argument
    option("source", type=Path, metavar="DIR", help=texts("help.restore.source"))
    option("--keys", type=Path, metavar="DIR", help=texts("help.restore.keys"))
    listed = texts("help.restore.erasures")
    option("--erasures", type=Path, action="append", default=[], metavar="FILE", help=listed)
    none_later = texts("help.restore.no_later_erasures")
    option("--no-later-erasures", action="store_true", help=none_later)


def backup(options: argparse.Namespace, terminal: Terminal) -> int:
    """Take a backup while the node goes on."""
    manifest = back_up(
        options.data, options.world, options.target, catalogue(), keys_target=options.keys_to
    )
    taken_at = f"{manifest.taken_at:%Y-%m-%d %H:%M:%S}Z"
    terminal.say("backup.done", facts=manifest.facts, folder=options.target, taken_at=taken_at)
    if options.keys_to is None:
        terminal.say("backup.without_keys")
    else:
        terminal.say("backup.keys", folder=options.keys_to)
    return 0


def restore_backup(options: argparse.Namespace, terminal: Terminal) -> int:
    """Put a backup in place, and say what a person has to do before the node is whole."""
    sources = Sources(
        record=options.source,
        keys=options.keys,
        erasures=options.erasures,
        no_later_erasures=options.no_later_erasures,
    )
    restored = restore(options.data, options.world, sources, catalogue())
    manifest = restored.manifest
    terminal.say(
        "restore.done",
        node=manifest.node,
        facts=manifest.facts,
        taken_at=f"{manifest.taken_at:%Y-%m-%d %H:%M:%S}Z",
        incarnation=restored.incarnation,
    )
    if restored.erasures_until is None:
        terminal.say("restore.erased_none")
    else:
        until = f"{restored.erasures_until:%Y-%m-%d %H:%M:%S}Z"
        terminal.say("restore.erased", count=restored.erased, until=until)
    for path in restored.set_aside:
        terminal.say("restore.aside", path=path)
    if restored.placed:
        terminal.say("restore.placed", count=len(restored.placed))
    for path in restored.stays:
        terminal.say("restore.stays", path=path)
    for path in restored.keys_unopened:
        terminal.say("restore.keys_unopened", path=path)
    terminal.say("restore.next", data=options.data.path, world=options.world)
    return 0
