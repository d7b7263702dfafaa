# SPDX-License-Identifier: Apache-2.0
"""What follows when a list is confirmed: its pieces are told, one request each, once."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from bavn.capabilities.organisation.facts import ImportConfirmed
from bavn.capabilities.organisation.model.settling import ApplyImport, Part
from bavn.journal.fact import Fact
from bavn.journal.reaction import Reaction
from bavn.kernel.identity import Subject

# Told and acted on at one node, where nothing is stale; a fact that comes from another node was
# acted on there.
_STALE_AFTER = timedelta(0)


def _pieces(fact: Fact, body: ImportConfirmed) -> Sequence[msgspec.Struct]:
    id_ = _id(fact.about[0])
    rows = [ApplyImport(id=id_, part=Part.ROWS, piece=n) for n in range(body.piece_count)]
    gone = [ApplyImport(id=id_, part=Part.REMOVALS, piece=n) for n in range(body.removal_count)]
    return [*rows, *gone]


def _id(subject: Subject) -> str:
    return subject.partition(":")[2]


REACTIONS = (
    Reaction(
        name="organisation.apply_import",
        body=ImportConfirmed,
        requests=_pieces,
        stale_after=_STALE_AFTER,
    ),
)
