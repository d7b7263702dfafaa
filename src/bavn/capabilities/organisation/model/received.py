# SPDX-License-Identifier: Apache-2.0
"""A received list beside what there is on its day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bavn.capabilities.organisation.facts import DatedFact, ImportRow
from bavn.capabilities.organisation.model.dated import Held
from bavn.capabilities.organisation.model.lists import body_of, id_of
from bavn.capabilities.organisation.model.settling import ImportState, ListKind
from bavn.kernel.identity import OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A received list as it is kept, and what there is on its day."""

    owner: OrganisationId
    what: ListKind
    on: date
    state: ImportState
    problem_count: int
    basis: str
    rows: Sequence[ImportRow]
    # What the owner has on the day, by id, and all that it has ever told.
    current: Mapping[str, DatedFact] = field(default_factory=dict)
    told: Sequence[Held[DatedFact]] = ()

    @property
    def wanted(self) -> dict[str, DatedFact]:
        """What each row says, by its id."""
        return {
            id_of(self.what, row.cells): body_of(self.what, row.cells, self.on, self.basis)
            for row in self.rows
        }
