# SPDX-License-Identifier: Apache-2.0
"""Versions as they are read: what stands of each thing, with the texts that the caller may read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from bavn.capabilities.scene.facts import KINDS, HazardTold, SectorTold, TaskTold
from bavn.capabilities.scene.model.board import HazardSaid, SectorSaid, TaskSaid
from bavn.capabilities.scene.model.versions import Standing, Version, standing
from bavn.capabilities.scene.views import (
    HAZARD,
    SECTOR,
    TASK,
    TELLS,
    VERSIONS,
    content_of,
    named_in,
)
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kinds
from bavn.journal.reader import HistoryItem, Query, Reader, as_told
from bavn.journal.table import Row
from bavn.kernel.audience import to
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private

INCIDENT = "incident:"
_KINDS = Kinds(KINDS)
_CONTENT: Mapping[str, type[msgspec.Struct]] = {
    SECTOR: SectorSaid,
    TASK: TaskSaid,
    HAZARD: HazardSaid,
}
Things = Mapping[tuple[str, str], Standing]


class Told:
    """All that the caller may read of one scene, read once."""

    def __init__(self, query: Query, call: Call, incident: str) -> None:
        self._query = query
        self._call = call
        self._subject = f"{INCIDENT}{incident}"
        rows = query.rows(call.reader, VERSIONS, {"subject": self._subject})
        self.owners = {OrganisationId(str(row["owner"])) for row in rows}
        # One row for each audience: who may read a text by one of them may read it.
        self.rows: dict[str, list[Row]] = {}
        for row in rows:
            self.rows.setdefault(str(row["fact"]), []).append(row)
        self.things = self._things()

    def _things(self) -> Things:
        told: dict[tuple[str, str], list[Version]] = {}
        for rows in self.rows.values():
            version = version_of(rows[0])
            told.setdefault((str(rows[0]["sort"]), version.thing), []).append(version)
        found = {key: standing(versions) for key, versions in told.items()}
        if all(each.is_settled for each in found.values()):
            return found
        # A struck version has no row, and may be what joins two that seem to contradict.
        struck = self._struck()
        return {
            key: each if each.is_settled else standing([*told[key], *struck.get(key, ())])
            for key, each in found.items()
        }

    def _struck(self) -> Mapping[tuple[str, str], list[Version]]:
        found: dict[tuple[str, str], list[Version]] = {}
        for owner in sorted(self.owners):
            for item in self._query.history(self._call.reader, owner, self._subject):
                body = _KINDS.read(item.fact) if item.struck else None
                if isinstance(body, SectorTold | TaskTold | HazardTold):
                    version = _struck_version(item, body)
                    sort = named_in(body)[0]
                    found.setdefault((sort, version.thing), []).append(version)
        return found

    async def text(self, desk: Desk, fact: str | None) -> str | None:
        """The text of a version; None where there is none, or none that the caller may read."""
        if fact is None:
            return None
        for row in self.rows.get(fact, ()):
            sealed = _sealed(row)
            if sealed is not None:
                owner = OrganisationId(str(row["owner"]))
                reader = _reader_of(self._call.reader, row)
                found = await desk.reveal(reader, owner, sealed)
                if isinstance(found, Private):
                    return found.reveal()
        return await self._struck_text(desk, fact) if fact not in self.rows else None

    async def _struck_text(self, desk: Desk, fact: str) -> str | None:
        """A text whose first version was struck through, and which a later one has kept."""
        item = self._query.item(self._call.reader, fact)
        body = None if item is None else _KINDS.read(item.fact)
        if item is None or not isinstance(body, SectorTold | TaskTold | HazardTold):
            return None
        sealed = named_in(body)[2]
        if sealed is None:
            return None
        reader = as_told(self._call.reader, item)
        found = await desk.reveal(reader, item.fact.owner, sealed)
        return found.reveal() if isinstance(found, Private) else None

    def says(self, fact: str, column: str) -> Any:
        """What a column says of a version that stands."""
        return self.rows[fact][0][column]


def version_of(row: Row) -> Version:
    """A row as a version."""
    return Version(
        fact=str(row["fact"]),
        thing=str(row["thing"]),
        based_on=tuple(str(row["based_on"]).split()),
        content=msgspec.json.decode(str(row["content"]), type=_CONTENT[str(row["sort"])]),
        at=instant_of(int(str(row["at_ms"]))),
        by=OrganisationId(str(row["owner"])),
        ref=str(row["ref"]),
    )


def unsettled(rows: Iterable[Row]) -> Sequence[tuple[str, str, Standing]]:
    """Of some rows of one incident the things of which two versions stand, by sort and id."""
    told: dict[tuple[str, str], list[Version]] = {}
    for row in rows:
        told.setdefault((str(row["sort"]), str(row["thing"])), []).append(version_of(row))
    found = ((*key, standing(versions)) for key, versions in sorted(told.items()))
    return [each for each in found if not each[2].is_settled]


def _struck_version(item: HistoryItem, body: TELLS) -> Version:
    fact = item.fact
    return Version(
        fact=fact.id,
        thing=named_in(body)[1],
        based_on=tuple(body.based_on),
        content=content_of(body, fact.id),
        at=fact.happened_at,
        by=fact.owner,
        struck=True,
    )


def _sealed(row: Row) -> Sealed | None:
    if row["sealed"] is None:
        return None
    return Sealed(sealed=str(row["sealed"]), key=str(row["sealed_key"]))


def _reader_of(reader: Reader, row: Row) -> Reader:
    """Who reads a text: whoever it was told to reads it as its teller does."""
    if str(row["audience"]) not in {to(each) for each in reader.organisations}:
        return reader
    owner = OrganisationId(str(row["owner"]))
    return replace(reader, organisations=reader.organisations | {owner})
