# SPDX-License-Identifier: Apache-2.0
"""Views: tables folded from facts, which can be thrown away and come out alike on every node.

A row belongs to one owner and one subject. It depends only on that owner's facts about that
subject, taken in the order of their stamps; so it does not matter in which order a node heard them.
A view is declared for one scope, and folds only kinds that are told to that scope: a row that
everyone may see cannot be made of what only some may know. A view of scope `own` folds everything,
and only at the node that hosts the owner.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from typing import Any, NamedTuple

import msgspec

from bavn.journal.fact import Fact
from bavn.journal.kinds import Kinds, Struck
from bavn.journal.pending import Pending
from bavn.journal.table import Column, Row, Table, Value
from bavn.kernel.audience import OWN, Scope, scope_of
from bavn.kernel.identity import subject_type
from bavn.kernel.refusal import BrokenPromise

_LEADING = (Column("owner"), Column("subject"), Column("audience"))
LEADING_COUNT = len(_LEADING)


class SubjectRows:
    """The rows of one view for one owner, subject and audience, as a fold sees them."""

    __slots__ = ("_lead", "_pending", "_table")

    def __init__(self, pending: Pending, table: Table, lead: tuple[str, str, str]) -> None:
        self._pending = pending
        self._table = table
        self._lead = lead

    def get(self, *key: Value) -> Row | None:
        """The row, or the one with this further key."""
        return self._pending.row(self._table, (*self._lead, *key) if key else self._lead)

    def put(self, row: Mapping[str, Value]) -> None:
        """Write a whole row; columns that may be empty can be left out."""
        lead = self._lead
        owner, subject, audience = lead
        whole = {**row, "owner": owner, "subject": subject, "audience": audience}
        names = self._table.column_names
        if len(whole) != len(names):
            whole = {**dict.fromkeys(self._table.optional_names), **whole}
        if len(whole) != len(names):
            msg = f"{self._table.name} has columns {names}, not {sorted(whole)}"
            raise BrokenPromise(msg)
        if self._table.real_names:
            self._settle_reals(whole)
        further = self._table.key[LEADING_COUNT:]
        key = (*lead, *[whole[name] for name in further]) if further else lead
        self._pending.write(self._table, key, whole)

    def _settle_reals(self, row: Row) -> None:
        """Have numbers as the store gives them back, so that memory and disk agree."""
        for name in self._table.real_names:
            value = row[name]
            # Most are floats already; what is not finite is not zero when taken from itself.
            if value is None or (type(value) is float and value and value - value == 0.0):
                continue
            if not isinstance(value, int | float) or not isfinite(value):
                msg = f"{self._table.name}.{name} is no number: {value!r}"
                raise BrokenPromise(msg)
            row[name] = float(value) + 0.0  # SQLite has no negative zero

    def remove(self, *key: Value) -> None:
        """Remove the row, or the one with this further key."""
        self._pending.remove(self._table, (*self._lead, *key))


Fold = Callable[[SubjectRows, Any, Fact], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A table folded from facts about one type of subject.

    `columns` and `key` come after owner, subject and audience, which every view has. A changed
    `version` has the view rebuilt beside the old one and swapped.
    """

    name: str
    version: int
    about: str
    scope: Scope
    columns: tuple[Column, ...]
    folds: Mapping[type[msgspec.Struct], Fold]
    key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def table(self, generation: int) -> Table:
        """The view's table in one generation of the views."""
        return Table(
            name=f"{self.name}_{generation}",
            columns=(*_LEADING, *self.columns),
            key=("owner", "subject", "audience", *self.key),
            indexes=self.indexes,
        )


class Heard(NamedTuple):
    """One hearing of a fact: its body, read, and the audience through which it came."""

    fact: Fact
    body: msgspec.Struct
    audience: str
    # The first of the fact's hearings; a view of scope `own` folds each fact once.
    first: bool


class Views:
    """All views of a node, in one generation of their tables."""

    def __init__(self, views: Iterable[View], kinds: Kinds, generation: int) -> None:
        self.all = tuple(views)
        self.generation = generation
        self.tables = {view.name: view.table(generation) for view in self.all}
        self._folds: dict[tuple[type[msgspec.Struct], str], list[tuple[Scope, Table, Fold]]] = {}
        if len(self.tables) != len(self.all):
            msg = "two views have one name"
            raise BrokenPromise(msg)
        for view in self.all:
            for body, fold in view.folds.items():
                _check_scope(view, body, kinds)
                entry = (view.scope, self.tables[view.name], fold)
                self._folds.setdefault((body, view.about), []).append(entry)

    def table_of(self, view: View) -> Table:
        """The table of a view in this generation."""
        return self.tables[view.name]

    def fingerprint(self) -> list[str]:
        """What the tables hold, as text; a change means that they must be rebuilt."""
        return sorted(
            f"{view.name}.{view.version} {view.about} {view.scope} {view.table(0)!r}"
            for view in self.all
        )

    def fold(self, pending: Pending, heard: Heard, subject: str, *, hosted: bool) -> None:
        """Apply one hearing to the rows of one of its subjects.

        It must be the newest that is known about it.
        """
        self._fold(pending, heard, subject, own=hosted and heard.first, told=True)

    def _fold(self, pending: Pending, heard: Heard, subject: str, *, own: bool, told: bool) -> None:
        """Apply a hearing to the views of scope own, and to those of the scope it was told to."""
        fact, body, audience, _ = heard
        scope = scope_of(audience)
        for told_to, table, fold in self._folds.get((type(body), subject_type(subject)), ()):
            if told_to is Scope.OWN:
                if own:
                    fold(SubjectRows(pending, table, (fact.owner, subject, OWN)), body, fact)
            elif told and told_to is scope:
                fold(SubjectRows(pending, table, (fact.owner, subject, audience)), body, fact)

    def refold(
        self, pending: Pending, owner: str, subject: str, history: list[Heard], *, hosted: bool
    ) -> None:
        """Make the rows of a subject anew from its whole history, without what was struck."""
        about = subject_type(subject)
        for view in self.all:
            if view.about == about:
                table = self.tables[view.name]
                for row in pending.rows(table, {"owner": owner, "subject": subject}):
                    pending.remove(table, table.key_of(row))
        self.fold_history(pending, owner, subject, history, hosted=hosted)

    def fold_history(
        self, pending: Pending, _owner: str, subject: str, history: list[Heard], *, hosted: bool
    ) -> None:
        """Fold a whole history of a subject that has no rows yet."""
        # Rows for an audience are made of what was told to it, strikes included: nodes that hear
        # that audience alone must come to the same rows as those that hear others too.
        struck = struck_in(history)
        struck_for = {
            audience: struck_in(heard for heard in history if heard.audience == audience)
            for audience in ({heard.audience for heard in history} if struck else ())
        }
        for heard in history:
            fact_id = heard.fact.id
            own = hosted and heard.first and fact_id not in struck
            told = fact_id not in struck_for.get(heard.audience, ())
            self._fold(pending, heard, subject, own=own, told=told)

    def rows(self, pending: Pending, owner: str | None = None) -> Iterator[tuple[View, Row]]:
        """Every row of every view, in order; of one owner when it is given."""
        where: dict[str, Value] = {} if owner is None else {"owner": owner}
        for view in self.all:
            table = self.tables[view.name]
            for row in pending.rows(table, where):
                yield view, {name: row[name] for name in table.column_names}


def struck_in(history: Iterable[Heard]) -> set[str]:
    """The ids of the facts that are struck through.

    A strike that is itself struck does not count.
    """
    struck: set[str] = set()
    for heard in reversed(list(history)):
        if isinstance(heard.body, Struck) and heard.fact.id not in struck:
            struck.add(heard.body.fact)
    return struck


def digest_of(rows: Iterable[tuple[View, Row]]) -> str:
    """A hash of rows; equal rows in equal order, equal hash."""
    digest = sha256()
    for view, row in rows:
        digest.update(msgspec.json.encode([view.name, *row.values()]))
    return digest.hexdigest()


def _check_scope(view: View, body: type[msgspec.Struct], kinds: Kinds) -> None:
    kind = kinds.of_body_type(body)
    if view.scope is not Scope.OWN and view.scope not in kind.scopes:
        msg = (
            f"view {view.name} is for {view.scope}, but {kind.name} is not told to {view.scope}:"
            " give the view a narrower scope, or the kind a wider one"
        )
        raise BrokenPromise(msg)
