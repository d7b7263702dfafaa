# SPDX-License-Identifier: Apache-2.0
"""Writes docs/mandates.md: every act, function, relation and law set, as the policies answer.

The page is there to be looked at: a change of the policies shows in it, line by line.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from bavn.frame.country import Level
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, Circumstances
from bavn.node import mandates
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue
from bavn.runtime.countries import built_in
from bavn.runtime.mandates import Book, Gate
from tools.tree import ROOT

PAGE = "docs/mandates.md"
HEAD = """\
# Who may do what

What the country's policies answer, for every act, function, relation and law set. `make docs`
writes this page from the [policies](../src/bavn/countries/denmark/mandates), and `make check`
refuses one that is out of date, so that a change of the policies is seen in review. Whether the
policies say what the law says is another question, and is tested by
[cases](../tests/runtime/mandates/from_the_law.csv) written by hand.

*Own*: the actor's organisation is the owner. *Near*: another service in its area, or for a centre a
service of its area. *Far*: a service of another area. *Above*: its own area's centre, or the
nation. What stands in brackets holds at level 4, by a procedure agreed beforehand, and not on an
ordinary day. An act marked ! is on the alarm path: whoever is not named here is let through all the
same, flagged.
"""
# A day on which the tables of today hold.
ON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOBODY = "–"
UNUSUAL = Circumstances(level=4, procedure=True, assigned=True)


class Relation(NamedTuple):
    """What the owner is to the actor, by an example at each level."""

    name: str
    service: str
    area: str
    nation: str


HOME = Relation("home", "nvjb", "midtjylland", "brs")
RELATIONS = (
    Relation("own", "nvjb", "midtjylland", "brs"),
    Relation("near", "ostbv", "ostbv", "nvjb"),
    Relation("far", "njb", "njb", "njb"),
    # Nobody is above the nation.
    Relation("above", "midtjylland", "brs", ""),
)
# Functions beside the three levels, and an organisation that has each.
ELSEWHERE = {"police_commander": "nordjyllands-politi", "minister": "minister"}


def page() -> str:
    """The page as it should be."""
    country, parts = built_in(COUNTRY), catalogue()
    book = mandates.book(mandates.built_in_folder(country.id), CAPABILITIES, parts)
    first = mandates.gate(country, book, parts)
    gates = {law.code: first.under(law.code) for law in book.law_sets}
    alarms = mandates.alarms_of(parts)
    levels = {each.code: each.level for each in country.functions}
    lines = [HEAD]
    columns = " | ".join(each.name for each in RELATIONS)
    lines.append(f"| act | law | {columns} |\n|---|---|{'---|' * len(RELATIONS)}")
    for act in sorted(book.acts):
        found = {
            law: tuple(_cell(gate, act, each, levels) for each in RELATIONS)
            for law, gate in gates.items()
        }
        mark = " !" if act in alarms else ""
        lines += (f"| {act}{mark} | {law} | {' | '.join(cells)} |" for law, cells in _merged(found))
    return "\n".join([*lines, *_rules(book), ""])


def main() -> None:
    """Write the page."""
    (ROOT / PAGE).write_text(page(), encoding="utf-8")


def _merged(found: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """One line where all law sets say the same."""
    if len(set(found.values())) == 1:
        yield "all", next(iter(found.values()))
    else:
        yield from found.items()


def _cell(gate: Gate, act: str, relation: Relation, levels: dict[str, Level]) -> str:
    """The functions that may; in brackets those that may in an unusual state of things."""
    found = []
    for function in sorted(gate.book.roles):
        level = levels.get(function, Level.SERVICE)
        if function in ELSEWHERE:
            home = ELSEWHERE[function]
            owner = home if relation.name == "own" else relation.service
        else:
            home, owner = getattr(HOME, level), getattr(relation, level)
        if not owner:
            continue
        actor = Actor(organisation=OrganisationId(home), function=function)
        if _may(gate, actor, act, owner, ORDINARY):
            found.append(function)
        elif _may(gate, actor, act, owner, UNUSUAL):
            found.append(f"({function})")
    return ", ".join(found) or NOBODY


def _may(gate: Gate, actor: Actor, act: str, owner: str, circumstances: Circumstances) -> bool:
    return gate.grounds(actor, act, OrganisationId(owner), circumstances, ON) is not None


def _rules(book: Book) -> Iterator[str]:
    """Each policy in words, with what it stands on."""
    yield "\n## The policies\n\n| policy | law | says | ground | basis |\n|---|---|---|---|---|"
    for each in sorted(book.policies, key=lambda policy: (policy.subject, policy.id)):
        laws = ", ".join(sorted(each.laws))
        yield f"| {each.id} | {laws} | {each.english} | {each.ground} | {each.basis} |"


if __name__ == "__main__":
    main()
