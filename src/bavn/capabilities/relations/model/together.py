# SPDX-License-Identifier: Apache-2.0
"""Which incidents are one, and which of them leads: computed from what their owners have said.

Nothing is changed when incidents are merged: each keeps its own history and its own owner. That two
are one is an edge between them, which stands while every owner of the two says so. Incidents that
are joined by edges are one. The same words give the same answer whatever their order, on every
node; taking an edge away gives back exactly what was there without it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that was reported: whose it is, and when that was."""

    owner: str
    reported_at_ms: int


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """The last that one organisation has said of two incidents."""

    by: str
    incident: str
    into: str
    stands: bool = True


@dataclass(frozen=True)
class Together:
    """Incidents as they belong together."""

    # Each incident that has become part of another, with the one that leads.
    leading: Mapping[str, str] = field(default_factory=dict)
    # Each two that are one by all their owners' words; the second leads of the two.
    edges: frozenset[tuple[str, str]] = frozenset()
    # What somebody has said, and somebody else who owns one of the two has not.
    unanswered: tuple[Word, ...] = ()

    def leading_of(self, incident: str) -> str:
        """The incident that leads where this one belongs: itself, if it is in nothing."""
        return self.leading.get(incident, incident)

    def merged_into(self, incident: str) -> tuple[str, ...]:
        """The incidents that have become part of this one."""
        return self._merged.get(incident, ())

    def whole(self, incident: str) -> tuple[str, ...]:
        """All incidents that are one with this, the leading one first."""
        first = self.leading_of(incident)
        return (first, *self.merged_into(first))

    @cached_property
    def _merged(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for each in sorted(self.leading):
            found[self.leading[each]] = (*found.get(self.leading[each], ()), each)
        return found


APART = Together()


def together(words: Iterable[Word], known: Mapping[str, Known]) -> Together:
    """Which incidents are one by these words, and which of them leads."""
    pairs: dict[frozenset[str], dict[str, Word]] = {}
    for word in words:
        if word.stands and word.incident != word.into:
            pairs.setdefault(frozenset({word.incident, word.into}), {})[word.by] = word
    edges, unanswered = set(), []
    for pair, said in pairs.items():
        if not pair <= known.keys():
            # Struck, or not heard here yet: nothing can be one with it.
            continue
        owners = {known[each].owner for each in pair}
        if owners <= said.keys():
            edges.add(_edge(pair, {(said[by].incident, said[by].into) for by in owners}, known))
        else:
            unanswered += [said[by] for by in sorted(owners & said.keys())]
    return Together(
        leading=_leading(edges, known),
        edges=frozenset(edges),
        unanswered=tuple(sorted(unanswered, key=msgspec.json.encode)),
    )


def _edge(
    pair: frozenset[str], ways: set[tuple[str, str]], known: Mapping[str, Known]
) -> tuple[str, str]:
    """Which of two leads: as they all say, and else the one that was reported first."""
    if len(ways) == 1:
        return next(iter(ways))
    first, second = sorted(pair, key=lambda each: _age(each, known))
    return second, first


def _leading(edges: Iterable[tuple[str, str]], known: Mapping[str, Known]) -> dict[str, str]:
    """For each that does not lead, the one that does."""
    group: dict[str, set[str]] = {}
    follows = set()
    for incident, into in edges:
        follows.add(incident)
        whole = group.get(incident, {incident}) | group.get(into, {into})
        for each in whole:
            group[each] = whole
    found: dict[str, str] = {}
    for incident, whole in group.items():
        # Two nodes that did not hear each other may have made a ring: then the eldest leads.
        heads = whole - follows or whole
        first = min(heads, key=lambda each: _age(each, known))
        if incident != first:
            found[incident] = first
    return found


def _age(incident: str, known: Mapping[str, Known]) -> tuple[int, str]:
    return known[incident].reported_at_ms, incident
