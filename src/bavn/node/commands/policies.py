# SPDX-License-Identifier: Apache-2.0
"""The commands that change which policies a node goes by: export, use, back; and what would change.

Where a server runs, it checks and takes them; else the command does. Nobody asks policies whether
they may be replaced: who may write in the folder may say by which it goes.
"""

import argparse
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bavn.frame.country import Country, Level
from bavn.kernel.identity import World
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import BadInput, Problem
from bavn.node import mandates, own_policies
from bavn.node.own_policies import country_set, policies_of, refused, tell, used
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY, catalogue, country_gate
from bavn.runtime import clock
from bavn.runtime.control.calling import Calling
from bavn.runtime.control.desk import done
from bavn.runtime.control.words import Answer, No, PoliciesUsed, UsePolicies
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.functions import homes_of
from bavn.runtime.halt import halt
from bavn.runtime.mandates import Book, Gate
from bavn.runtime.mandates.apart import book_apart
from bavn.runtime.mandates.comparing import Change, Post, changes, days_of
from bavn.runtime.mandates.files import texts_in
from bavn.runtime.mandates.shelf import Shelf, write_set
from bavn.runtime.opened import open_to_write, writer_of

WELL = 0


def read(folder: Path) -> Book:
    """The policies of a folder, read in another process; raises BadInput with every fault."""
    return own_policies.read(texts_in(folder), country_set(COUNTRY))


def kept(data: Folder, mark: str) -> Book:
    """A set that held once at a node, as it was; raises BadInput where it is not kept."""
    texts, read_with = Shelf(data.path).kept(mark)
    book = book_apart(texts, read_with.acts, read_with.alarms)
    if book.mark != mark:
        says = f"It was changed since it held: what lies there has the mark {book.mark}."
        raise BadInput(Problem(where=mark, says=says))
    return book


def own_mark(data: Folder | None) -> str | None:
    """The mark of the node's own set that holds, by its own log; None where the country's does."""
    takings = () if data is None else Shelf(data.path).log().takings
    return takings[-1].mark if takings and takings[-1].is_own else None


def holding_at(data: Folder | None) -> Book:
    """The set that holds at a node, or the country's."""
    mark = own_mark(data)
    return country_set(COUNTRY).book if data is None or mark is None else kept(data, mark)


def export(options: argparse.Namespace, terminal: Terminal) -> int:
    """Write the set that holds into a folder, to begin from."""
    folder: Path | None = options.folder
    if folder is None or (folder.exists() and any(folder.iterdir())):
        raise halt(
            "folder_not_empty",
            "The policies are written into a folder of their own.",
            "Give one that is not there yet, or is empty.",
        )
    data: Folder | None = options.data
    mark = own_mark(data)
    if data is None or mark is None:
        texts = country_set(COUNTRY).texts
    else:
        texts = Shelf(data.path).kept(mark)[0]
    write_set(folder, texts)
    terminal.say("policies.exported", count=len(texts), folder=folder)
    return WELL


def use(options: argparse.Namespace, terminal: Terminal) -> int:
    """Go by a folder's policies from now on, or by the country's."""
    if (options.folder is None) != options.country:
        raise halt(
            "folder_needed",
            "Which policies are to hold was not said.",
            "Give their folder, or --country for those that come with the program.",
        )
    texts = None if options.country else texts_in(options.folder)
    if texts is not None:
        show_changes(read(options.folder), options.data, terminal)
    return _used(options, terminal, UsePolicies(texts))


def back(options: argparse.Namespace, terminal: Terminal) -> int:
    """Go by those that held before."""
    return _used(options, terminal, UsePolicies(back=True))


def _used(options: argparse.Namespace, terminal: Terminal, asked: UsePolicies) -> int:
    folder: Folder | None = options.data
    if folder is None:
        raise halt(
            "data_needed",
            "At which node was not said.",
            "Give its data folder with --data.",
        )
    answer = done(_asked(folder, options.world, asked))
    assert isinstance(answer, PoliciesUsed), "each is answered in kind"
    whose = "policies.own" if answer.is_own else "policies.countrys"
    name = "policies.held_already" if answer.mark == answer.was else "policies.used"
    terminal.say(name, whose=terminal.texts(whose), mark=answer.mark, was=answer.was)
    return WELL


def _asked(folder: Folder, world: World, asked: UsePolicies) -> Answer:
    calling = Calling.to(folder, world) if writer_of(folder, world) else None
    if calling is None:
        return _alone(folder, world, asked)
    try:
        return calling.ask(asked)
    finally:
        calling.close()


def _alone(folder: Folder, world: World, asked: UsePolicies) -> Answer:
    country = built_in(COUNTRY)
    gate, now = country_gate(country), clock.now()
    with open_to_write(folder, world, catalogue(), may=gate) as opened:
        policies = policies_of(folder, country)
        was = policies.mark
        try:
            found = used(policies, asked, now)
        except BadInput as bad:
            return No(refused(bad))
        if found is not None:
            policies.took(found, now)
            gate.take(found.book, now)
        tell(opened.journal, policies)
        return PoliciesUsed(policies.mark, was, policies.holds.is_own)


def show_changes(book: Book, data: Folder | None, terminal: Terminal) -> None:
    """What would change against what holds: now, and on the days on which a set changes itself."""
    country, parts, now = built_in(COUNTRY), catalogue(), clock.now()
    old, new = (mandates.gate(country, each, parts) for each in (holding_at(data), book))
    posts = _posts(country, {*old.book.roles, *new.book.roles}, new, now)
    shown: list[Change] = []
    for at in (now, *days_of(new, now)):
        found = changes(old, new, posts, at)
        if at == now:
            terminal.say("policies.changes" if found else "policies.changes_nothing")
        elif found != shown:
            terminal.say(
                "policies.changes_from",
                day=at.astimezone(ZoneInfo(country.time_zone)).date().isoformat(),
            )
        if found != shown:
            _show(found, new, country, terminal)
        shown = found


def _show(found: Iterable[Change], gate: Gate, country: Country, terminal: Terminal) -> None:
    is_danish = terminal.texts.language == "da"
    called = {each.code: each.danish if is_danish else each.english for each in country.functions}
    grouped: dict[str, dict[str, list[str]]] = {}
    for each in found:
        name = f"policies.{'gains' if each.gains else 'loses'}{'' if each.is_own else '_elsewhere'}"
        function = called.get(each.function, each.function)
        if each.unusual:
            function = f"({function})"
        grouped.setdefault(each.act, {}).setdefault(name, []).append(function)
    for act, sorts in grouped.items():
        known = gate.book.acts.get(act)
        words = act if known is None else known.danish if is_danish else known.english
        mark = terminal.texts("policies.is_alarm") if gate.is_alarm(act) else ""
        terminal.line(f"  {words} ({act}){mark}")
        for name, functions in sorts.items():
            terminal.line(f"    {terminal.texts(name, functions=', '.join(functions))}")


def _posts(country: Country, functions: Iterable[str], gate: Gate, at: datetime) -> list[Post]:
    """Each function at an organisation of its level, beside another one.

    One that is in no table of the country's, as the machine's own, is looked at in a service.
    """
    known = gate.organisations(at).all
    homes = {level: [each for each in homes_of(country, level) if each in known] for level in Level}
    services = homes[Level.SERVICE]
    levels = {each.code: each.level for each in country.functions}
    found = []
    for function in sorted(functions):
        own = homes[levels.get(function, Level.SERVICE)] or services
        elsewhere = next(each for each in (*reversed(own), *services) if each != own[0])
        actor = Actor(organisation=own[0], function=function)
        found.append(Post(actor=actor, elsewhere=elsewhere))
    return found
