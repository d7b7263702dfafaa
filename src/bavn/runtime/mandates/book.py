# SPDX-License-Identifier: Apache-2.0
"""A country's policies: read from a folder and checked as a whole, or refused with every fault.

The folder holds one Cedar file for each subject, `schema.cedarschema`, `law_sets.csv`, `roles.csv`
and `acts.csv`. Each policy names itself, its ground, what that stands on, the law sets that it
belongs to and, where that is not always, from and until when; and says in Danish and English what
it means. Which acts there are is the program's: a policy that names an act wrongly is a fault.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from importlib.resources.abc import Traversable
from typing import Any

import cedarpy
import msgspec

from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.mandates.files import (
    ACTS,
    BASES,
    BYTES_LIMIT,
    LAW_SETS,
    POLICIES_LIMIT,
    ROLES,
    SCHEMA,
    SUFFIX,
    texts_in,
)

# Groups of acts, beside one for each capability and one for what it lets read.
ALARM, READING = "alarm", "reading"
_BASES = ("basis", "danish")
_NEEDED = ("id", "ground", "basis", "law", "da", "en")
_KNOWN = frozenset({*_NEEDED, "from", "to"})
_DEEP = "It is nested too deeply: write several policies instead."


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, and what it stands on. It holds from `valid_from` until before `valid_to`."""

    id: str
    subject: str
    ground: str
    basis: str
    # The same in Danish; empty where nobody has said it.
    basis_da: str = ""
    danish: str
    english: str
    laws: frozenset[str]
    permits: bool
    valid_from: date | None = None
    valid_to: date | None = None
    # As Cedar's own JSON has it.
    rule: dict[str, Any]

    def names(self) -> "Named":
        """The roles, functions and acts that stand in it."""
        found = tuple(named(self.rule))
        return Named(
            roles=frozenset(id_ for sort, id_ in found if sort == "Role"),
            acts=frozenset(id_ for sort, id_ in found if sort == "Action"),
        )


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The roles and acts that a policy names; none means any."""

    roles: frozenset[str]
    acts: frozenset[str]

    def covers(self, act: str, alarms: frozenset[str]) -> bool:
        """True when an act is named, by itself or by a group of its."""
        return not self.acts or not self.acts.isdisjoint({act, *groups_of(act, alarms)})


class LawSet(msgspec.Struct, frozen=True, kw_only=True):
    """A state of the law: what is in force, or what somebody proposes."""

    code: str
    danish: str
    english: str
    in_force: bool
    basis: str


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be done. One that is `planned` has nothing behind it yet."""

    code: str
    danish: str
    english: str
    planned: bool = False


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """All policies of a country, checked."""

    policies: tuple[Policy, ...]
    law_sets: tuple[LawSet, ...]
    roles: Mapping[str, frozenset[str]]
    acts: Mapping[str, Act]
    # Its own mark: what was decided under another one is decided anew.
    mark: str

    def in_force(self) -> LawSet:
        """The law that holds."""
        return next(each for each in self.law_sets if each.in_force)


def book_of(folder: Traversable, acts: Iterable[str], alarms: Iterable[str]) -> Book:
    """The policies of a folder; raises BadInput with every fault when anything is wrong.

    `acts` are all that the program knows, and `alarms` those among them that nothing may stop.
    What is not of this house is read by `bavn.runtime.mandates.apart`.
    """
    return book_from(texts_in(folder), acts, alarms)


def book_from(texts: Mapping[str, str], acts: Iterable[str], alarms: Iterable[str]) -> Book:
    """The policies of files that were read; raises BadInput with every fault."""
    problems = [
        Problem(where=name, says="The file is missing.")
        for name in (SCHEMA, LAW_SETS, ROLES, ACTS)
        if name not in texts
    ]
    if sum(map(len, texts.values())) > BYTES_LIMIT:
        says = f"There is more than a person can read: {BYTES_LIMIT} characters are the most."
        problems.append(Problem(where="policies", says=says))
    if problems:
        raise BadInput(*problems)
    law_sets = _law_sets(texts[LAW_SETS], problems)
    roles = _roles(texts[ROLES], problems)
    named = _acts(texts[ACTS], problems)
    known = {*acts, *named}
    bases = _bases(texts.get(BASES, ""), problems)
    policies = [
        msgspec.structs.replace(policy, basis_da=bases.get(policy.basis, ""))
        for name, text in texts.items()
        if name.endswith(SUFFIX)
        for policy in _policies(name, text, {each.code for each in law_sets}, problems)
    ]
    _check_together(policies, problems)
    schema = f"{texts[SCHEMA]}\n{_actions(known, frozenset(alarms))}"
    if not problems:
        _check_against(schema, policies, problems)
    if not problems:
        _check_askable(policies, problems)
    if problems:
        raise BadInput(*problems)
    return Book(
        policies=tuple(policies),
        law_sets=tuple(law_sets),
        roles=roles,
        acts={code: named.get(code) or Act(code=code, danish=code, english=code) for code in known},
        mark=_mark(texts, known),
    )


def groups_of(act: str, alarms: frozenset[str]) -> tuple[str, ...]:
    """The groups of acts that one belongs to.

    >>> groups_of("operations.read_units", frozenset())
    ('operations', 'reading', 'reading operations')
    """
    capability, _, what = act.partition(".")
    found = [capability]
    if what.startswith("read_"):
        found += [READING, f"{READING} {capability}"]
    if act in alarms:
        found.append(ALARM)
    return tuple(found)


def policy_set(policies: Iterable[Policy]) -> cedarpy.PolicySet:
    """Policies as they are asked, under their own names."""
    rules = {each.id: each.rule for each in policies}
    told = {"staticPolicies": rules, "templates": {}, "templateLinks": []}
    return cedarpy.PolicySet.from_json_str(json.dumps(told))


def named(rule: object) -> Iterator[tuple[str, str]]:
    """Every entity that stands anywhere in a rule, however deep."""
    inside = [rule]
    while inside:
        each = inside.pop()
        if isinstance(each, dict):
            if isinstance(each.get("type"), str) and isinstance(each.get("id"), str):
                yield each["type"], each["id"]
            inside.extend(each.values())
        elif isinstance(each, list):
            inside.extend(each)


def _mark(texts: Mapping[str, str], acts: Iterable[str]) -> str:
    told = json.dumps([sorted(texts.items()), sorted(acts)])
    return sha256(told.encode()).hexdigest()[:16]


def _rows(name: str, text: str, columns: Sequence[str], problems: list[Problem]) -> list[Any]:
    """The rows of a table with these columns; the heading is row 1."""
    reader = csv.DictReader(io.StringIO(text))
    lacking = [each for each in columns if each not in (reader.fieldnames or ())]
    if lacking:
        problems.append(Problem(where=name, says=f"Columns are missing: {', '.join(lacking)}."))
        return []
    found = []
    for number, row in enumerate(reader, start=2):
        empty = [each for each in columns if not (row[each] or "").strip()]
        if empty or None in row:
            says = f"Nothing in {', '.join(empty)}." if empty else "More values than columns."
            problems.append(Problem(where=f"{name}, row {number}", says=says))
        else:
            found.append((number, row))
    return found


def _law_sets(text: str, problems: list[Problem]) -> list[LawSet]:
    found = [
        LawSet(
            code=row["code"],
            danish=row["danish"],
            english=row["english"],
            in_force=row["in_force"] == "yes",
            basis=row["basis"],
        )
        for _, row in _rows(
            LAW_SETS, text, ("code", "danish", "english", "in_force", "basis"), problems
        )
    ]
    if sum(each.in_force for each in found) != 1:
        problems.append(Problem(where=LAW_SETS, says="Exactly one law set is in force."))
    return found


def _bases(text: str, problems: list[Problem]) -> dict[str, str]:
    """What bases are in Danish; nothing where there is no such table."""
    if not text:
        return {}
    return {row["basis"]: row["danish"] for _, row in _rows(BASES, text, _BASES, problems)}


def _roles(text: str, problems: list[Problem]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for _, row in _rows(ROLES, text, ("function", "role"), problems):
        found.setdefault(row["function"], set()).add(row["role"])
    return {function: frozenset(roles) for function, roles in found.items()}


def _acts(text: str, problems: list[Problem]) -> dict[str, Act]:
    found: dict[str, Act] = {}
    for number, row in _rows(ACTS, text, ("code", "danish", "english", "planned"), problems):
        if row["code"] in found or "." not in row["code"]:
            says = f"{row['code']} is no act, or stands twice."
            problems.append(Problem(where=f"{ACTS}, row {number}", says=says))
        found[row["code"]] = Act(
            code=row["code"],
            danish=row["danish"],
            english=row["english"],
            planned=row["planned"] == "yes",
        )
    return found


def _policies(name: str, text: str, laws: set[str], problems: list[Problem]) -> list[Policy]:
    try:
        read = json.loads(cedarpy.policies_to_json_str(text))
    except RecursionError:
        problems.append(Problem(where=name, says=_DEEP))
        return []
    except ValueError as error:
        problems.append(Problem(where=name, says=f"It cannot be read: {error}."))
        return []
    if read["templates"]:
        problems.append(Problem(where=name, says="Templates are not used here."))
    found = []
    for number, rule in enumerate(read["staticPolicies"].values(), start=1):
        notes = dict(rule.get("annotations") or {})
        where = f"{name}, {notes.get('id') or f'policy {number}'}"
        lacking = [each for each in _NEEDED if not (notes.get(each) or "").strip()]
        unknown = sorted({*notes} - _KNOWN)
        told = frozenset(each.strip() for each in (notes.get("law") or "").split(","))
        if lacking:
            problems.append(Problem(where=where, says=f"Lacks {', '.join(lacking)}."))
        if unknown:
            problems.append(Problem(where=where, says=f"Unknown notes: {', '.join(unknown)}."))
        if not lacking and not told <= laws:
            problems.append(Problem(where=where, says=f"No such law set: {notes['law']}."))
        begins, ends = (_day(notes.get(each), where, problems) for each in ("from", "to"))
        if begins and ends and ends <= begins:
            problems.append(Problem(where=where, says="It ends before it begins."))
        if lacking:
            continue
        found.append(
            Policy(
                id=notes["id"],
                subject=name.removesuffix(SUFFIX),
                ground=notes["ground"],
                basis=notes["basis"],
                danish=notes["da"],
                english=notes["en"],
                laws=told,
                permits=rule["effect"] == "permit",
                valid_from=begins,
                valid_to=ends,
                rule=rule,
            )
        )
    return found


def _day(text: str | None, where: str, problems: list[Problem]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(Problem(where=where, says=f"{text} is no day: write 2026-07-01."))
        return None


def _check_together(policies: Sequence[Policy], problems: list[Problem]) -> None:
    if len(policies) > POLICIES_LIMIT:
        problems.append(Problem(where="policies", says=f"More than {POLICIES_LIMIT}."))
    seen: set[str] = set()
    for each in policies:
        if each.id in seen:
            where = f"{each.subject}{SUFFIX}, {each.id}"
            problems.append(Problem(where=where, says="Another policy has this id."))
        seen.add(each.id)


def _check_against(schema: str, policies: Sequence[Policy], problems: list[Problem]) -> None:
    """What the schema says of each policy: names that nothing has, conditions that cannot be."""
    try:
        read = cedarpy.Schema.from_str(schema)
    except ValueError as error:
        problems.append(Problem(where=SCHEMA, says=f"It cannot be read: {error}."))
        return
    for each in policies:
        where = f"{each.subject}{SUFFIX}, {each.id}"
        told = {"staticPolicies": {each.id: each.rule}, "templates": {}, "templateLinks": []}
        try:
            text = cedarpy.policies_from_json_str(json.dumps(told))
            answer = cedarpy.validate_policies(text, read)
        except (ValueError, RecursionError):
            problems.append(Problem(where=where, says=_DEEP))
            continue
        problems.extend(Problem(where=where, says=str(fault.error)) for fault in answer.errors)


def _check_askable(policies: Sequence[Policy], problems: list[Problem]) -> None:
    """As the gate will ask them: what fails here would fail there."""
    try:
        policy_set(policies)
    except (ValueError, RecursionError) as error:
        problems.append(Problem(where="policies", says=f"They cannot be asked: {error}."))


def _actions(acts: Iterable[str], alarms: frozenset[str]) -> str:
    """The acts as the schema has them."""
    lines, groups = [], {ALARM, READING}
    for act in sorted(acts):
        its = groups_of(act, alarms)
        groups.update(its)
        parents = ", ".join(f'Action::"{each}"' for each in its)
        lines.append(
            f'action "{act}" in [{parents}] appliesTo '
            "{ principal: [Function], resource: [Organisation], context: Circumstances };"
        )
    return "\n".join([*(f'action "{each}";' for each in sorted(groups)), *lines])
