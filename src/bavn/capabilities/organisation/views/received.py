# SPDX-License-Identifier: Apache-2.0
"""A received list as somebody looks at it: its state, and what it would change today."""

from dataclasses import dataclass

from bavn.capabilities.organisation.facts import ImportProblem, Need
from bavn.capabilities.organisation.model.differences import (
    Difference,
    Sort,
    counts,
    differences,
    ground_of,
)
from bavn.capabilities.organisation.model.settling import ImportState
from bavn.capabilities.organisation.views import IMPORT, looking
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A list with what it would change, and the ground that a person confirms on."""

    row: Row
    problems: tuple[ImportProblem, ...]
    differences: tuple[Difference, ...]
    counts: dict[Sort, int]
    # None where there is nothing to confirm: settled, or with problems.
    ground: str | None


def shown(look: looking.Look, owner: OrganisationId, id_: str) -> Shown | None:
    """The list of this id; None when there is none that the reader may see."""
    received = looking.received(look, owner, id_)
    if received is None:
        return None
    (row,) = look(IMPORT, {"owner": owner, "subject": f"import:{id_}"})
    problems = looking.import_problems(look, owner, id_)
    is_open = received.state is ImportState.RECEIVED and not problems
    found = differences(received.current, received.wanted) if is_open else ()
    return Shown(
        row=row,
        problems=problems,
        differences=found,
        counts=counts(found) if is_open else {},
        ground=ground_of(found, received.on) if is_open else None,
    )


def all_lists(look: looking.Look, owner: OrganisationId) -> list[Row]:
    """All lists of an organisation that the reader may see, the newest first."""
    rows = look(IMPORT, {"owner": owner})
    return sorted(rows, key=lambda row: int(str(row["received_at_ms"])), reverse=True)


def written(value: object) -> str:
    """A field's value in a few characters, for a table."""
    if isinstance(value, tuple):
        return ", ".join(written(each) for each in value)
    if isinstance(value, Need):
        return f"{value.type}:{value.count}"
    return str(value)
