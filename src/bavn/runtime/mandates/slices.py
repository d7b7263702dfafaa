# SPDX-License-Identifier: Apache-2.0
"""Of all policies, those that can speak of a question: only they are asked.

A policy says by its head for whom and for what it is, and many conditions name roles. Whoever has
none of these roles, or does something else, is not spoken of, whatever else holds. What is left out
here could never have held: the answer, and what it stands on, are those of all policies together.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import cedarpy

from bavn.runtime.mandates.book import Policy, groups_of, named, policy_set

# Somebody or something, as Cedar names it: its sort and its name.
Name = tuple[str, str]
# How deep into a condition is looked, which is deeper than people write; what is left is Cedar's.
DEPTH_LIMIT = 40


class Slices:
    """The policies of one day, and of them those that can speak of a function's doing an act."""

    def __init__(
        self,
        policies: Sequence[Policy],
        roles: Mapping[str, frozenset[str]],
        *,
        functions: Iterable[str],
        acts: Container[str],
        alarms: frozenset[str],
    ) -> None:
        self._policies = tuple(policies)
        self._roles = roles
        self._acts = acts
        self._alarms = alarms
        self._all = (1 << len(self._policies)) - 1
        self._permits = self._bits(lambda rule: rule["effect"] == "permit")
        self._mentioned = [frozenset(named(each.rule)) for each in self._policies]
        self._functions = {each: self._of_function(each) for each in functions}
        self._kept: dict[str, _OfAct] = {}
        self._sets: dict[int, cedarpy.PolicySet] = {}

    def of(self, act: str, function: str | None = None) -> cedarpy.PolicySet | None:
        """What is to be asked about an act; None where nothing can permit it to this function."""
        bits = told = self._act(act).bits
        if function is not None:
            bits &= self._function(function).bits
        if not bits & self._permits:
            return None
        found = self._sets.get(told)
        if found is None:
            chosen = (each for n, each in enumerate(self._policies) if told >> n & 1)
            found = self._sets[told] = policy_set(chosen)
        return found

    def alike(self, act: str, function: str) -> frozenset[Name]:
        """What tells this function from others where it is about this act.

        A function has nothing but its name and its roles, and of these only what a policy names
        can make a difference: for two of whom the same is given, the answer is the same.
        """
        return self._act(act).mentioned & self._function(function).names

    def _function(self, function: str) -> "_OfFunction":
        # Names that no table has are not kept: there may be any number of them.
        return self._functions.get(function) or self._of_function(function)

    def _act(self, act: str) -> "_OfAct":
        found = self._kept.get(act)
        if found is None:
            found = self._of_act(act)
            if act in self._acts:
                self._kept[act] = found
        return found

    def _of_function(self, function: str) -> "_OfFunction":
        own = frozenset({("Function", function)})
        names = own | {("Role", role) for role in self._roles.get(function, ())}
        return _OfFunction(self._bits(lambda rule: _speaks_of(rule, own, names)), names)

    def _of_act(self, act: str) -> "_OfAct":
        own = frozenset({("Action", act)})
        names = own | {("Action", group) for group in groups_of(act, self._alarms)}
        bits = self._bits(lambda rule: _is_within(rule["action"], own, names))
        # What leaves out little is not worth a set of its own: a large book would have many.
        if bits.bit_count() * 2 > len(self._policies):
            bits = self._all
        spoken = (each for n, each in enumerate(self._mentioned) if bits >> n & 1)
        return _OfAct(bits, frozenset[Name]().union(*spoken))

    def _bits(self, wanted: Callable[[dict[str, Any]], bool]) -> int:
        """Which policies, as the bits of a number: two choices meet by one operation."""
        return sum(1 << n for n, each in enumerate(self._policies) if wanted(each.rule))


class _OfFunction(NamedTuple):
    """Which policies can speak of a function, and by which names."""

    bits: int
    names: frozenset[Name]


class _OfAct(NamedTuple):
    """Which policies can speak of an act, and whom they name."""

    bits: int
    mentioned: frozenset[Name]


def _speaks_of(rule: dict[str, Any], own: frozenset[Name], names: frozenset[Name]) -> bool:
    return _is_within(rule["principal"], own, names) and all(
        _can_hold(each["body"], own, names) for each in rule["conditions"] if each["kind"] == "when"
    )


def _is_within(scope: dict[str, Any], own: frozenset[Name], names: frozenset[Name]) -> bool:
    """True when the head of a policy covers this; what is not known here may cover anything."""
    match scope:
        case {"op": "==", "entity": {"type": sort, "id": id_}}:
            return (sort, id_) in own
        case {"op": "in", "entity": {"type": sort, "id": id_}}:
            return (sort, id_) in names
        case {"op": "in", "entities": list(entities)}:
            return any(
                (each.get("type"), each.get("id")) in names or "type" not in each
                for each in entities
            )
        case {"op": "is", "in": {"entity": {"type": sort, "id": id_}}}:
            return (sort, id_) in names
        case _:
            return True


def _can_hold(
    told: object, own: frozenset[Name], names: frozenset[Name], depth: int = DEPTH_LIMIT
) -> bool:
    """False when a condition names the principal as what it is not; else it may hold.

    Of two that must both hold none may fail to, of two of which one is enough not both. Whatever
    else is said is left to Cedar.
    """
    if depth == 0:
        return True
    match told:
        case {"&&": {"left": left, "right": right}}:
            sides = (_can_hold(each, own, names, depth - 1) for each in (left, right))
            return all(sides)
        case {"||": {"left": left, "right": right}}:
            sides = (_can_hold(each, own, names, depth - 1) for each in (left, right))
            return any(sides)
        case {"in": {"left": {"Var": "principal"}, "right": right}}:
            return _named(right) in names | {None}
        case {"==": {"left": {"Var": "principal"}, "right": right}}:
            return _named(right) in own | {None}
        case _:
            return True


def _named(told: object) -> Name | None:
    """Who is named; None where it is said in another way."""
    match told:
        case {"Value": {"__entity": {"type": str(sort), "id": str(id_)}}}:
            return sort, id_
        case _:
            return None
