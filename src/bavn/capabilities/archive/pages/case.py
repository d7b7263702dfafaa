# SPDX-License-Identifier: Apache-2.0
"""A request to see something, with all its pieces as they are now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from bavn.capabilities.archive.facts import GivenFile
from bavn.capabilities.archive.model.redaction import (
    Choices,
    Piece,
    Redacted,
    echoes,
    mark_of,
    redacted,
)
from bavn.capabilities.archive.model.states import Access
from bavn.capabilities.archive.pages.saying import Saying
from bavn.capabilities.archive.ports import Around
from bavn.capabilities.archive.views.export import Heading, files_of
from bavn.capabilities.archive.views.room import Room
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.journal.fact import Sealed
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# Entries and their texts on one page of a long log.
PIECES_LIMIT = 200


@dataclass(frozen=True, kw_only=True)
class Case:
    """Where it stands, its pieces in their order, and what was chosen for each."""

    id: str
    row: Row
    incident: str
    label: str
    requester: str
    pieces: Sequence[Piece]
    choices: Choices

    @property
    def owner(self) -> OrganisationId:
        """Whose documents they are."""
        return OrganisationId(str(self.row["owner"]))

    @property
    def state(self) -> Access:
        """Where it stands."""
        return Access(str(self.row["state"]))

    @cached_property
    def mark(self) -> str:
        """Differs when there is more to see, or when anything is chosen otherwise."""
        return mark_of(self.pieces, self.choices)

    @cached_property
    def given(self) -> Redacted:
        """What would be given now; what nobody has decided on is left out."""
        return redacted(self.pieces, self.choices)

    @cached_property
    def echoes(self) -> list[str]:
        """Words of what is left out that stand in what is given as well."""
        return echoes(self.pieces, self.given)

    @property
    def page_count(self) -> int:
        """How many pages its pieces take."""
        return max(1, -(-len(self.pieces) // PIECES_LIMIT))

    def page(self, number: int) -> Sequence[Piece]:
        """The pieces of one page, from 1."""
        start = (max(1, number) - 1) * PIECES_LIMIT
        return self.pieces[start : start + PIECES_LIMIT]

    @property
    def given_files(self) -> tuple[GivenFile, ...]:
        """What was given."""
        told: Any = self.row["files"]
        return msgspec.json.decode(told, type=tuple[GivenFile, ...]) if told else ()

    def files(self, around: Around, danish: Call) -> dict[str, bytes]:
        """The files as they are given, in the country's own language."""
        heading = Heading(
            case=self.id,
            owner=around.name_of(danish, self.owner),
            law=danish.say("archive.law." + str(self.row["law"])),
        )
        grounds = Saying(danish, around).grounds
        return files_of(heading, self.given, grounds, danish.say, around.zone)


async def case_of(access: str, call: Call, desk: Desk, archive: Room) -> Case:
    """A request as it is now; ends the handler where there is none."""
    row = archive.request(call, access)
    if row is None:
        raise Refusal(
            Refused(
                code="no_such_access",
                says="There is no such request here.",
                try_instead="Take it from the list.",
            )
        )
    incident = str(row["incident"])
    around = archive.around
    # The pieces are read in the language in which they are given.
    pieces = await around.pieces(desk, around.in_danish(call), incident)
    return Case(
        id=access,
        row=row,
        incident=incident,
        label=around.label(call, incident),
        requester=await _requester(call, desk, row),
        pieces=pieces,
        choices=archive.choices(call, row),
    )


def refuse_unless_approved(case: Case, ending: str, known: Collection[str]) -> None:
    """Nothing is given but what was approved, as it was approved, or given, as it was given."""
    if ending not in known or case.state not in {Access.APPROVED, Access.GIVEN}:
        raise Refusal(
            Refused(
                code="access_not_approved",
                says="It is not approved, so there is nothing to give.",
                try_instead="Have a second person look at it first.",
            )
        )
    if case.mark != case.row["mark"]:
        raise Refusal(
            Refused(
                code="access_given_otherwise",
                says="More has been told about the incident since it was approved.",
                try_instead="Give the files that were kept, or open a new request.",
            )
        )


async def _requester(call: Call, desk: Desk, row: Row) -> str:
    held, key = row["requester"], row["requester_key"]
    if held is None or key is None:
        return ""
    sealed = Sealed(sealed=str(held), key=str(key))
    found = await desk.reveal(call.reader, OrganisationId(str(row["owner"])), sealed)
    return found.reveal() if isinstance(found, Private) else ""
