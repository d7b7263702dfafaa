# SPDX-License-Identifier: Apache-2.0
"""What the archive asks of the house: rules, what is kept of an incident, and packages."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import cache, partial
from importlib.resources import files
from pathlib import Path

import msgspec

from bavn.capabilities.archive.facts import DeliveredIncident
from bavn.capabilities.archive.model.redaction import DOCUMENT, ERASED, LOG, NOT_OPEN, Piece
from bavn.capabilities.archive.model.retention import Rule, Rules, Then, is_kept_of
from bavn.capabilities.archive.ports import Ground, Incident, Package
from bavn.capabilities.archive.views.room import Room
from bavn.capabilities.operations.facts import INCIDENT_DESCRIBED
from bavn.capabilities.operations.views.log import Entry, Wanted, log_of
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.reports.facts import ReportSigned
from bavn.capabilities.reports.pages.showing import Saying
from bavn.capabilities.reports.views.room import Room as Reports
from bavn.frame.call import Call
from bavn.frame.country import Country, Named
from bavn.frame.desk import Desk
from bavn.journal.fact import Sealed
from bavn.journal.reader import HistoryItem
from bavn.journal.vault import Gone
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.node.together import CountryTogether
from bavn.runtime.archive.shelf import noted_packages
from bavn.runtime.countries import read_table
from bavn.runtime.folder import Folder
from bavn.runtime.live import Live
from bavn.runtime.texts import Texts

# A long log is put into words a little at a time: an alarm waits for none of it.
_others_turn = partial(asyncio.sleep, 0)
_SIGNED = "reports.report_signed"
RETENTION, GROUNDS = "retention", "access_grounds"
# What is given is written in the country's own language.
LANGUAGE = "da"


class RetentionRow(Named, frozen=True, kw_only=True):
    """A rule of retention, in the order of the table."""

    subject: str
    outcomes: tuple[str, ...] = ()
    days: int
    then: str


class GroundRow(Named, frozen=True, kw_only=True):
    """A ground on which something may be left out."""

    paragraph: str


@cache
def rules_of(country: str) -> Rules:
    """The rules of a country that comes with the program; none where it has no such table."""
    folder = files("bavn") / "countries" / country
    if not (folder / f"{RETENTION}.csv").is_file():
        return ()
    return tuple(
        Rule(
            code=row.code,
            danish=row.danish,
            english=row.english,
            subject=row.subject,
            outcomes=row.outcomes,
            days=row.days,
            then=Then(row.then),
            basis=row.basis,
            source=row.source,
        )
        for row in read_table(folder, RETENTION, RetentionRow)
    )


@cache
def grounds_of(country: str) -> tuple[Ground, ...]:
    """The grounds of a country that comes with the program."""
    folder = files("bavn") / "countries" / country
    if not (folder / f"{GROUNDS}.csv").is_file():
        return ()
    return tuple(
        Ground(
            code=row.code,
            paragraph=row.paragraph,
            danish=row.danish,
            english=row.english,
            basis=row.basis,
        )
        for row in read_table(folder, GROUNDS, GroundRow)
    )


class CountryArchive:
    """All that the archive is connected with."""

    def __init__(
        self,
        live: Live,
        country: Country,
        operations: Operations,
        reports: Reports,
        data: Path,
    ) -> None:
        self._live = live
        self._country = country
        self._operations = operations
        self._reports = reports
        self._world_path = Folder(data).world_path(live.world)
        self._together = CountryTogether(live, country, operations)
        self.rules = rules_of(country.id)
        self.grounds = grounds_of(country.id)

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def incident(self, call: Call, incident: str) -> Incident:
        """An incident; ends the handler when there is none."""
        seen = self._together.incident(call, incident)
        return Incident(id=seen.id, service=seen.service, label=self._together.label(call, seen))

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident; its number where it is not known here."""
        seen = self._together.known(call, incident)
        return incident if seen is None else self._together.label(call, seen)

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return self._reports.around.name_of(call, organisation)

    def in_danish(self, call: Call) -> Call:
        """The same caller in the country's own language."""
        return replace(call, language=LANGUAGE, say=Texts(LANGUAGE))

    def packages(self) -> Sequence[Package]:
        """The packages that were made on this node."""
        return [
            Package(
                name=each.name,
                owner=each.owner,
                begin=each.begin,
                end=each.end,
                digest=each.digest,
                size=each.size,
                made_at=each.made_at,
                incidents=tuple(
                    DeliveredIncident(incident=incident, mark=mark)
                    for incident, mark in each.incidents
                ),
                lacking_count=each.lacking_count,
            )
            for each in noted_packages(self._world_path)
        ]

    async def pieces(self, desk: Desk, call: Call, incident: str) -> Sequence[Piece]:
        """The log, entry by entry with its texts; then what was signed, field by field."""
        log = await log_of(desk, call, self._operations, incident, _others_turn, on_paper=True)
        found: list[Piece] = []
        signed: list[HistoryItem] = []
        for items in log.all(Wanted()):
            kept = [each for each in items if is_kept_of(each.fact)]
            entries = await log.entries(kept)
            await _others_turn()
            for item, entry in zip(kept, entries, strict=True):
                found += await self._entry(desk, call, item, entry)
                if item.fact.kind == _SIGNED and not item.struck:
                    signed.append(item)
        for item in signed:
            found += await self._document(desk, call, item)
        return found

    async def _entry(self, desk: Desk, call: Call, item: HistoryItem, entry: Entry) -> list[Piece]:
        around = self._reports.around
        who = f"{around.function(call, entry.by)}, {around.name_of(call, entry.organisation)}"
        struck = f" ({call.say('archive.struck')})" if item.struck else ""
        says = f"{entry.says}{struck}"
        # The exact place of somebody's home stands in its open words: they wait for a word too.
        is_place = item.fact.kind == INCIDENT_DESCRIBED.name
        shown = f"{call.say('archive.described')}{struck}" if is_place else says
        pieces = [Piece(id=entry.id, part=LOG, at=entry.happened_at, who=who, says=shown)]
        if is_place:
            pieces.append(
                Piece(
                    id=f"{entry.id}/place",
                    part=LOG,
                    of=entry.id,
                    says=call.say("archive.place"),
                    text=says,
                    wants_word=True,
                )
            )
        body = self._live.journal.record.catalogue.kinds.read(item.fact)
        if isinstance(body, ReportSigned) or not isinstance(body, msgspec.Struct):
            return pieces  # its texts are the document's
        for name in body.__struct_fields__:
            sealed = getattr(body, name)
            if not isinstance(sealed, Sealed):
                continue
            text, gone = entry.texts.get(name), ""
            if text is None:
                text, gone = await self._text(desk, call, item.fact.owner, sealed)
            pieces.append(
                Piece(
                    id=f"{entry.id}/{name}",
                    part=LOG,
                    of=entry.id,
                    says=_label(call, name),
                    text=text,
                    gone=gone,
                    wants_word=True,
                )
            )
        return pieces

    async def _document(self, desk: Desk, call: Call, item: HistoryItem) -> list[Piece]:
        """A signed report: a piece for each field, and its words by field."""
        body = self._live.journal.record.catalogue.kinds.read(item.fact)
        assert isinstance(body, ReportSigned), "it was looked at"
        say, fact = Saying(call, self._reports.around), item.fact
        title = call.say("archive.report", version=body.version)
        texts, gone = "", ""
        if body.texts is not None:
            texts, gone = await self._text(desk, call, fact.owner, body.texts)
        by_field: dict[str, str] = json.loads(texts) if texts else {}
        pieces = []
        for field in body.fields:
            name = f"{title}: {say.field(field.code)}"
            said = say.value(field.code, field.value) or call.say("reports.nothing")
            one = f"{fact.id}/{field.code}"
            words = "" if field.in_words else f": {said}"
            pieces.append(Piece(id=one, part=DOCUMENT, says=f"{name}{words}"))
            if field.in_words:
                pieces.append(
                    Piece(
                        id=f"{one}/text",
                        part=DOCUMENT,
                        of=one,
                        says=_label(call, "text"),
                        text=by_field.get(field.code, ""),
                        gone=gone,
                        wants_word=True,
                    )
                )
        if body.name is not None:
            pieces += await self._signer(desk, call, item, title, body.name)
        return pieces

    async def _signer(
        self, desk: Desk, call: Call, item: HistoryItem, title: str, sealed: Sealed
    ) -> list[Piece]:
        one = f"{item.fact.id}/signer"
        text, gone = await self._text(desk, call, item.fact.owner, sealed)
        says = f"{title}: {call.say('archive.signed_by')}"
        label = call.say("archive.name")
        return [
            Piece(id=one, part=DOCUMENT, says=says, at=item.fact.happened_at),
            Piece(
                id=f"{one}/text",
                part=DOCUMENT,
                of=one,
                says=label,
                text=text,
                gone=gone,
                wants_word=True,
            ),
        ]

    async def _text(
        self, desk: Desk, call: Call, owner: OrganisationId, sealed: Sealed
    ) -> tuple[str, str]:
        """A text, or why it cannot be read."""
        found = await desk.reveal(call.reader, owner, sealed)
        if isinstance(found, Private):
            return found.reveal(), ""
        return "", ERASED if found is Gone.ERASED else NOT_OPEN


def _label(call: Call, name: str) -> str:
    """What a text is called; only that it is one where there are no words for it."""
    has = getattr(call.say, "has", None)
    text = f"operations.text.{name}"
    return call.say(text if has is not None and has(text) else "archive.text_of")


def archive_of(
    live: Live, country: Country, operations: Operations, reports: Reports, data: Path
) -> Room:
    """What its handlers ask for by name."""
    return Room(live.query, CountryArchive(live, country, operations, reports, data))
