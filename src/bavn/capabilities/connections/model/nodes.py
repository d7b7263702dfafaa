# SPDX-License-Identifier: Apache-2.0
"""Nodes as they are seen from here: in which condition each is, what to do, the worst first."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

import msgspec

from bavn.kernel.hybrid_clock import PEER_LEAD_MS_LIMIT

# Entries are on their way for a moment whenever anything happens: that is no news to anybody.
BEHIND_FOR_S = 3.0
State = Literal["here", "heard", "relayed", "silent", "never"]


class Condition(StrEnum):
    """How a node is, in one word; the worst first."""

    STOPPED = "stopped"
    SILENT = "silent"
    NEVER = "never"
    BEHIND = "behind"
    SKEWED = "skewed"
    RELAYED = "relayed"
    HEARD = "heard"
    HERE = "here"


_WORST_FIRST = {each: rank for rank, each in enumerate(Condition)}


class Hosted(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation that a node hosts."""

    id: str
    name: str


class NodeNow(msgspec.Struct, frozen=True, kw_only=True):
    """One node as it is seen now.

    `behind_count` entries of it exist and are not here, and that for `behind_s`; `unheard_count` of
    ours it lacks, where it has said what it has. `waiting_count` pieces came and wait behind a gap.
    `told_by` is the node by whose word it is heard, where it is not heard by its own.
    """

    id: str
    name: str
    hosts: tuple[Hosted, ...]
    state: State
    condition: Condition
    heard_at: datetime | None
    way: str
    told_by: str | None
    behind_count: int
    behind_s: float | None
    is_catching_up: bool
    unheard_count: int | None
    waiting_count: int
    stopped: tuple[str, ...]
    skew_ms: int | None
    version: str
    incarnation: int


class LineNow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of this node to others."""

    name: str
    is_up: bool


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the record holds as evidence, and that nobody has settled."""

    mark: str
    sort: str
    what: str
    says: str
    noticed_at: datetime


class NotUnderstood(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of a kind that this version cannot read yet, by the node that told them."""

    kind: str
    version: int
    node: str
    node_name: str
    count: int


class ConnectionsNow(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of the connections of this node, at an instant.

    `is_alone` where no other node is known; `exchanges` is false where the process was started
    without connections. `set_aside` counts facts that
    are kept and in no view, by the sort of reason.
    """

    at: datetime
    node: str
    is_alone: bool
    exchanges: bool
    nodes: tuple[NodeNow, ...]
    lines: tuple[LineNow, ...]
    noticed: tuple[Noticed, ...]
    not_understood: tuple[NotUnderstood, ...]
    set_aside: dict[str, int]


class Advice(NamedTuple):
    """Something about a node that a person may have to act on: a text by its name, with values."""

    name: str
    values: dict[str, str | int]


def condition_of(  # noqa: PLR0913 - all that one word is made of
    state: State,
    *,
    stopped: bool,
    behind_count: int,
    behind_s: float | None,
    waiting_count: int,
    is_catching_up: bool,
    skew_ms: int | None,
) -> Condition:
    """The worst that can be said of a node."""
    if stopped:
        return Condition.STOPPED
    if state in {"here", "silent", "never"}:
        return Condition(state)
    lags = behind_count > 0 and (behind_s or 0.0) >= BEHIND_FOR_S
    if is_catching_up or lags or waiting_count:
        return Condition.BEHIND
    return Condition.SKEWED if is_skewed(skew_ms) else Condition(state)


def is_skewed(skew_ms: int | None) -> bool:
    """True when a node's clock is further from ours than a clock is ever let pull ours."""
    return skew_ms is not None and abs(skew_ms) > PEER_LEAD_MS_LIMIT


def worst_first(nodes: Iterable[NodeNow]) -> list[NodeNow]:
    """The nodes, those that somebody may have to act on first."""
    return sorted(nodes, key=lambda each: (_WORST_FIRST[each.condition], each.name, each.id))


def conditions(nodes: Iterable[NodeNow]) -> dict[Condition, int]:
    """How many nodes are in each condition, the worst first."""
    counts = dict.fromkeys(Condition, 0)
    for each in nodes:
        counts[each.condition] += 1
    return {condition: count for condition, count in counts.items() if count}


def advices(node: NodeNow) -> list[Advice]:
    """What to know of a node and what to do, each with a text of its own."""
    found = [Advice("stopped", {"channel": each}) for each in node.stopped]
    if node.condition is Condition.SILENT:
        found.append(Advice("silent", {}))
    if node.condition is Condition.NEVER:
        found.append(Advice("never", {}))
    if node.waiting_count:
        found.append(Advice("waiting", {"count": node.waiting_count}))
    if is_skewed(node.skew_ms):
        ahead = (node.skew_ms or 0) > 0
        seconds = abs(node.skew_ms or 0) // 1_000
        found.append(Advice("skew_ahead" if ahead else "skew_behind", {"count": seconds}))
    return found
