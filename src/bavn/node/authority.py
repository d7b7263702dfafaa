# SPDX-License-Identifier: Apache-2.0
"""Whose word holds about what: a country's `authority.csv` and `authority_sources.csv`."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bavn.capabilities.operations.model.authority import FIELDS, HOLD_S_LIMIT, Authority, Order
from bavn.frame.country import Named, Row
from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.countries import read_table


class SourceRow(Named, frozen=True, kw_only=True):
    """A source of words, and which functions speak as it."""

    functions: tuple[str, ...]


class OrderRow(Row, frozen=True, kw_only=True):
    """Whose word holds about a field, the first above all, and for how long against a lower one."""

    field: str
    sources: tuple[str, ...]
    hold_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class AuthorityTables:
    """The tables of one country, read and checked."""

    authority: Authority
    sources: tuple[Named, ...]


@cache
def authority_tables(country: str) -> AuthorityTables:
    """The tables of a country that comes with the program."""
    return read_authority_tables(files("bavn") / "countries" / country)


def read_authority_tables(folder: Traversable | Path) -> AuthorityTables:
    """The tables in this folder; raises BadInput with every problem that was found."""
    sources = read_table(folder, "authority_sources", SourceRow)
    orders = read_table(folder, "authority", OrderRow)
    codes = {row.code for row in sources}
    problems = []
    for row in orders:
        if row.field not in FIELDS:
            problems.append(f"{row.field} is none of {', '.join(FIELDS)}")
        problems += [
            f"{row.field}: {each} is no source" for each in row.sources if each not in codes
        ]
        if not 0 <= (row.hold_s or 0) <= HOLD_S_LIMIT:
            problems.append(f"{row.field}: hold_s is at most {HOLD_S_LIMIT}")
    if problems:
        raise BadInput(*(Problem(where="authority.csv", says=each) for each in problems))
    return AuthorityTables(
        authority=Authority(
            sources={function: row.code for row in sources for function in row.functions},
            orders={
                row.field: Order(sources=row.sources, hold_s=row.hold_s, basis=str(row.basis))
                for row in orders
            },
        ),
        sources=tuple(sources),
    )
