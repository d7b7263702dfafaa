# SPDX-License-Identifier: Apache-2.0
"""Nodes at one table: each told all that it may hear, before any of them is served."""

from collections.abc import Iterable
from itertools import permutations

from bavn.journal.journal import Journal


def hear_all(hearer: Journal, teller: Journal) -> int:
    """Take in all that the other may tell; how many entries were new."""
    node, applied = hearer.record.identity.node, 0
    while segments := teller.offer(node, hearer.have()):
        before = applied
        for segment in segments:
            applied += getattr(hearer.merge(segment), "applied", 0)
        if applied == before:
            break
    return applied


def acquaint(journals: Iterable[Journal]) -> int:
    """Have each hear from each what it may; how many entries were new."""
    return sum(hear_all(hearer, teller) for hearer, teller in permutations(journals, 2))
