# SPDX-License-Identifier: Apache-2.0
"""Telling which set of policies a node goes by from now on."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.mandates.facts import PoliciesTaken
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import NodeId, Subject


class TakePolicies(msgspec.Struct, frozen=True, kw_only=True):
    """Go by the set with this mark, the node's own or the country's."""

    node: NodeId
    mark: str
    is_own: bool


def take_policies(rows: Sequence[Row], request: TakePolicies, context: Context) -> Sequence[Draft]:
    """Told once for each set that takes another's place: nothing where it holds already."""
    last = max(rows, key=lambda row: int(str(row["since_ms"])), default=None)
    was = None if last is None else str(last["mark"])
    if last is not None and was == request.mark and bool(last["is_own"]) == request.is_own:
        return []
    body = PoliciesTaken(mark=request.mark, was=was, is_own=request.is_own)
    about = (policies_subject(request.node),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def policies_subject(node: NodeId) -> Subject:
    """What facts about a node's policies are about."""
    return Subject(f"policies:{node}")
