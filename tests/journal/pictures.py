# SPDX-License-Identifier: Apache-2.0
"""What a node holds, in a form that can be compared with another's."""

from typing import NamedTuple

from bavn.journal.kept import EVIDENCE, SET_ASIDE, WAITING
from bavn.journal.table import Row
from bavn.kernel.audience import OWN
from tests.lilleland.nodes import Node

Rows = dict[str, list[Row]]


class Picture(NamedTuple):
    """A node's views, heads, waiting segments and set-aside facts."""

    views: Rows
    heads: dict[str, tuple[int, bytes, int, str]]
    waiting: list[tuple[str, int, bytes]]
    set_aside: list[tuple[bytes, str]]


def views_of(node: Node) -> Rows:
    """Give all rows of all views, in order."""
    record = node.journal.record
    return {
        view.name: node.store.rows(record.views.table_of(view), {}) for view in record.views.all
    }


def rows_told_to(node: Node, audience: str) -> Rows:
    """Give the rows made of what was told to one audience."""
    return {
        name: [row for row in rows if row["audience"] == audience]
        for name, rows in views_of(node).items()
    }


def heads_of(node: Node) -> dict[str, tuple[int, bytes, int, str]]:
    """Give how far each channel is held, is known of, and why it stopped."""
    return {
        name.text(): (channel.sequence, channel.hash, channel.announced, channel.stopped)
        for name, channel in node.journal.record.channels.items()
    }


def heads_told_to(node: Node, audience: str) -> dict[str, tuple[int, bytes]]:
    """Give the heads of all channels to one audience."""
    return {
        name.text(): (channel.sequence, channel.hash)
        for name, channel in node.journal.record.channels.items()
        if name.audience == audience
    }


def waiting_at(node: Node) -> list[tuple[str, int, bytes]]:
    """Give the segments that wait behind gaps."""
    found = []
    for row in node.store.rows(WAITING, {}):
        key, first, raw = row["channel"], row["first"], row["raw"]
        assert isinstance(key, int)
        assert isinstance(first, int)
        assert isinstance(raw, bytes)
        found.append((node.journal.record.names[key].text(), first, raw))
    return sorted(found)


def set_aside_at(node: Node) -> list[tuple[bytes, str]]:
    """Give the facts that are in no view, and the sort of reason."""
    found = []
    for row in node.store.rows(SET_ASIDE, {}):
        position = row["position"]
        assert isinstance(position, int)
        (fact,) = node.store.facts_after(position - 1, 1)
        found.append((fact.raw, str(row["sort"])))
    return sorted(found)


def evidence_at(node: Node) -> list[str]:
    """Give the sorts of what a person has to look at."""
    return [str(row["sort"]) for row in node.store.rows(EVIDENCE, {})]


def picture(node: Node) -> Picture:
    """Give all that two nodes can be compared by."""
    return Picture(views_of(node), heads_of(node), waiting_at(node), set_aside_at(node))


def bytes_held(node: Node) -> int:
    """Give how many facts, entries and own channels a node has: what a refusal must not change."""
    channels = node.journal.record.channels.values()
    return node.store.last_position() + sum(channel.sequence for channel in channels)


def offered(node: Node, peer: Node) -> bytes:
    """Give all bytes that a peer is offered by a node, if it says that it has nothing."""
    segments = node.journal.offer(peer.name, {}, limit=1_000_000)
    return b"\n".join(segment.to_bytes() for segment in segments)


def own_rows(node: Node) -> Rows:
    """Give the rows that never leave a node."""
    return rows_told_to(node, OWN)
