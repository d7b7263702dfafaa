# SPDX-License-Identifier: Apache-2.0
"""The command for the policies: what they say, whether they are without fault, which hold."""

import argparse
from pathlib import Path

from bavn.kernel.identity import REAL, World
from bavn.kernel.refusal import BadInput
from bavn.node import mandates
from bavn.node.commands import policies as policies_command
from bavn.node.terminal import Terminal
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.mandates import Book, Policy
from bavn.runtime.texts import Texts

WELL, FAULTS = 0, 1
ACTIONS = {
    "export": policies_command.export,
    "use": policies_command.use,
    "back": policies_command.back,
}


def mandates_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn mandates` takes beside what all commands take."""
    option = group.add_argument
    actions = ("check", "explain", *ACTIONS)
    option("action", choices=actions, help=texts("help.mandates.action"))
    option("folder", nargs="?", type=Path, metavar="DIR", help=texts("help.mandates.folder"))
    option("--law", help=texts("help.mandates.law"))
    option("--role", metavar="FUNCTION", help=texts("help.mandates.role"))
    option("--act", help=texts("help.mandates.act"))
    option("--mark", help=texts("help.mandates.mark"))
    option("--country", action="store_true", help=texts("help.mandates.country"))
    data = texts("help.mandates.data")
    option("--data", type=lambda path: Folder(Path(path)), metavar="DIR", help=data)
    option("--world", default=REAL, type=World, help=texts("help.world"))


def mandates_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Carry out what is asked; a faulty set is named fault by fault, and nothing else is done."""
    try:
        if options.action in ACTIONS:
            return ACTIONS[options.action](options, terminal)
        book = _book(options)
    except BadInput as faults:
        for problem in faults.problems:
            terminal.line(f"{problem.where}: {problem.says}")
        terminal.say("policies.faulty", count=len(faults.problems))
        return FAULTS
    if options.action == "check":
        terminal.say("policies.good", count=len(book.policies), mark=book.mark)
        if options.folder is not None:
            policies_command.show_changes(book, options.data, terminal)
        return WELL
    return _explain(book, options, terminal)


def _book(options: argparse.Namespace) -> Book:
    """The set that is asked about: one by its mark, a folder's, a node's, or the country's."""
    if options.mark and options.data is not None:
        return policies_command.kept(options.data, options.mark)
    if options.folder is not None:
        return policies_command.read(options.folder)
    if options.data is not None:
        return policies_command.holding_at(options.data)
    country = built_in(COUNTRY)
    return mandates.book(mandates.built_in_folder(country.id), CAPABILITIES, catalogue())


def _explain(book: Book, options: argparse.Namespace, terminal: Terminal) -> int:
    found = _asked(book, options)
    for each in found:
        says = each.danish if terminal.texts.language == "da" else each.english
        terminal.line(f"{each.subject}/{each.id} ({', '.join(sorted(each.laws))})")
        terminal.line(f"  {says}")
        terminal.line(f"  {each.ground} · {each.basis}")
    if not found:
        terminal.say("policies.nothing")
    return WELL


def _asked(book: Book, options: argparse.Namespace) -> list[Policy]:
    """The policies of a law set that may say yes to a function, or to an act."""
    roles = book.roles.get(options.role, frozenset()) if options.role else None
    found = []
    for each in sorted(book.policies, key=lambda policy: (policy.subject, policy.id)):
        named = each.names()
        if options.law and options.law not in each.laws:
            continue
        if roles is not None and named.roles and not roles & named.roles:
            continue
        if options.act and not named.covers(options.act, mandates.alarms_of(catalogue())):
            continue
        found.append(each)
    return found
