# SPDX-License-Identifier: Apache-2.0
"""The command that explains the policies: which there are, for whom, and on which ground."""

import argparse
from pathlib import Path

from bavn.kernel.refusal import BadInput
from bavn.node import mandates
from bavn.node.terminal import Terminal
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue
from bavn.runtime.countries import built_in
from bavn.runtime.mandates import Book, Policy
from bavn.runtime.texts import Texts

WELL, FAULTS = 0, 1


def mandates_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn mandates` takes beside what all commands take."""
    option = group.add_argument
    option("action", choices=("check", "explain"), help=texts("help.mandates.action"))
    option("folder", nargs="?", type=Path, metavar="DIR", help=texts("help.mandates.folder"))
    option("--law", help=texts("help.mandates.law"))
    option("--role", metavar="FUNCTION", help=texts("help.mandates.role"))
    option("--act", help=texts("help.mandates.act"))


def mandates_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Check a folder of policies, or say what they say."""
    country, parts = built_in(COUNTRY), catalogue()
    folder = options.folder or mandates.built_in_folder(country.id)
    try:
        book = mandates.book(folder, CAPABILITIES, parts)
    except BadInput as faults:
        for problem in faults.problems:
            terminal.line(f"{problem.where}: {problem.says}")
        terminal.say("policies.faulty", count=len(faults.problems))
        return FAULTS
    if options.action == "check":
        terminal.say("policies.good", count=len(book.policies), mark=book.mark)
        return WELL
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
