# SPDX-License-Identifier: Apache-2.0
"""A package for the archive: what an organisation has told of its incidents that were closed.

Read beside whoever writes, as the record was at one instant, an incident at a time. Each incident
whose texts are opened is written down in the log of readings before it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bavn.capabilities.archive.model.retention import INCIDENT, is_kept_of, mark_of
from bavn.capabilities.archive.views import INCIDENTS
from bavn.capabilities.reports.facts import BillSigned, ReportSigned
from bavn.frame.country import Country
from bavn.journal.fact import Fact, Sealed
from bavn.journal.reader import HistoryItem, Query, ReadBy, Reader
from bavn.journal.table import Row
from bavn.journal.vault import Gone
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import OrganisationId, Subject, World, id_bytes
from bavn.kernel.instants import instant_of, ms_of
from bavn.kernel.private import Private
from bavn.runtime.archive.form import FORM, Contents, FileTold
from bavn.runtime.archive.making import Making
from bavn.runtime.archive.shelf import Noted
from bavn.runtime.archive.verifying import contents_of
from bavn.runtime.halt import halt
from bavn.runtime.opened import Beside
from bavn.runtime.program import VERSION
from bavn.runtime.readings.kept import ReadingLog

# As many as one delivery may name; a longer period is delivered in parts.
INCIDENTS_LIMIT = 25_600
OPERATOR, PURPOSE = "operator", "arkiv"
_SORTS: dict[type, str] = {ReportSigned: "report", BillSigned: "bill"}
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose incidents that were closed from a day up to another, which is not among them."""

    owner: OrganisationId
    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class _Text:
    fact: Fact
    field: str
    sealed: Sealed


class Gathering:
    """What goes into a package, read from a record that stands still."""

    def __init__(
        self, beside: Beside, country: Country, world: World, readings: ReadingLog
    ) -> None:
        self._beside = beside
        self._country = country
        self._world = world
        self._readings = readings
        self._query = Query(beside.record, beside.vault)

    def make(self, wanted: Wanted, target: Path, now: datetime, progress: Progress) -> Noted:
        """The package in its place, and the note of it; halts where there is nothing."""
        rows = list(self._rows(wanted))
        self._check(wanted, rows)
        marks: list[tuple[str, str]] = []
        lacking = 0
        with Making(target) as making:
            for number, row in enumerate(rows, 1):
                incident, mark, is_whole = self._one(making, wanted.owner, row)
                if is_whole:
                    marks.append((incident, mark))
                lacking += not is_whole
                progress(number, len(rows))
            told = making.finish(
                lambda counts, files: self._contents(wanted, len(rows), counts, files)
            )
        return Noted(
            name=target.name,
            owner=wanted.owner,
            begin=wanted.begin,
            end=wanted.end,
            digest=digest_of(target),
            size=sum(each.size for each in told.files),
            made_at=now,
            incidents=tuple(marks),
            lacking_count=lacking,
        )

    def _check(self, wanted: Wanted, rows: list[Row]) -> None:
        if not self._beside.record.hosts(wanted.owner):
            raise halt(
                "archive_elsewhere",
                f"This node does not write for {wanted.owner}.",
                "Make the package on the node that does.",
                owner=wanted.owner,
            )
        if not rows:
            raise halt(
                "archive_nothing",
                f"{wanted.owner} has no incident that was closed in that period.",
                "Give another period with --from and --to.",
                owner=wanted.owner,
            )
        if len(rows) > INCIDENTS_LIMIT:
            raise halt(
                "archive_too_many",
                f"There are {len(rows)} incidents; a package holds {INCIDENTS_LIMIT}.",
                "Give a shorter period with --from and --to.",
                count=len(rows),
                limit=INCIDENTS_LIMIT,
            )

    def _rows(self, wanted: Wanted) -> Iterator[Row]:
        """The incidents of the period, by the country's days, in the order they were closed."""
        zone = ZoneInfo(self._country.time_zone)
        begin = ms_of(datetime.combine(wanted.begin, time(), zone))
        end = ms_of(datetime.combine(wanted.end, time(), zone))
        day, last = instant_of(begin).date(), instant_of(end).date()
        reader = Reader(organisations=frozenset({wanted.owner}))
        while day <= last:
            where = {"owner": wanted.owner, "closed_on": day.isoformat()}
            found = [
                (int(str(row["closed_at_ms"])), str(row["subject"]), row)
                for row in self._query.rows(reader, INCIDENTS, where)
            ]
            for at_ms, _, row in sorted(found, key=lambda each: each[:2]):
                if begin <= at_ms < end and row["reported_at_ms"] is not None:
                    yield row
            day += timedelta(days=1)

    def _one(self, making: Making, owner: OrganisationId, row: Row) -> tuple[str, str, bool]:
        """An incident: its row, its facts, its texts and what was signed of it."""
        subject = Subject(str(row["subject"]))
        incident = subject.removeprefix(f"{INCIDENT}:")
        reader = Reader(organisations=frozenset({owner}), personal=True)
        history = self._query.history(reader, owner, subject)
        items = [each for each in history if is_kept_of(each.fact)]
        texts = [each for item in items for each in self._texts(item.fact)]
        self._note(owner, texts)
        raws = self._raws(items)
        unread = 0
        for item in items:
            making.fact(raws[item.fact.id])
            making.row("facts", _cells(incident, item))
            self._document(making, incident, item)
        for text in texts:
            state, said = self._read(reader, owner, text)
            unread += state not in {"read", Gone.ERASED.value}
            making.row("texts", (text.fact.id, incident, text.field, state, said))
        mark = mark_of(each.fact for each in items)
        making.row(
            "incidents",
            (
                incident,
                owner,
                _instant(row["reported_at_ms"]),
                _instant(row["closed_at_ms"]),
                row["outcome"],
                len(items),
                len(texts),
                unread,
                mark,
            ),
        )
        return incident, mark, not unread

    def _texts(self, fact: Fact) -> Iterator[_Text]:
        body = self._beside.record.catalogue.kinds.read(fact)
        if not isinstance(body, msgspec.Struct):
            return
        for name in body.__struct_fields__:
            sealed = getattr(body, name)
            if isinstance(sealed, Sealed):
                yield _Text(fact, name, sealed)

    def _note(self, owner: OrganisationId, texts: list[_Text]) -> None:
        keys = sorted({each.sealed.key for each in texts})
        by = ReadBy(organisation=owner, function=OPERATOR, purpose=PURPOSE, is_stated=True)
        if keys and not self._readings.keep_at_once(by, owner, keys):
            raise halt(
                "archive_not_noted",
                "That texts are opened could not be written down, so none is opened.",
                "Look at the node's disk, and at who owns its folder (`bavn doctor`).",
            )

    def _read(self, reader: Reader, owner: OrganisationId, text: _Text) -> tuple[str, str]:
        found = self._query.reveal(reader, owner, text.sealed)
        if isinstance(found, Private):
            return "read", found.reveal()
        return (found.value if isinstance(found, Gone) else Gone.NOT_HERE.value), ""

    def _raws(self, items: list[HistoryItem]) -> dict[str, bytes]:
        """The bytes of the facts as they stand in the record: they are never written anew."""
        wanted = {id_bytes(each.fact.id): each.fact.id for each in items}
        rows = self._beside.record.store.facts_with(list(wanted))
        return {wanted[row.id]: row.raw for row in rows}

    def _document(self, making: Making, incident: str, item: HistoryItem) -> None:
        """A signed document, as its own line.

        What draws it as a page (PDF) puts a file of the fact's number beside; nothing does today.
        """
        body = self._beside.record.catalogue.kinds.read(item.fact)
        sort = _SORTS.get(type(body))
        if sort is None or not isinstance(body, ReportSigned | BillSigned):
            return
        line = making.document(msgspec.json.encode({"fact": item.fact.id, "content": body}))
        signed_at = item.fact.happened_at.astimezone(UTC).isoformat()
        cells = (item.fact.id, incident, sort, body.version, signed_at, body.account, line)
        making.row("documents", cells)

    def _contents(
        self,
        wanted: Wanted,
        incidents: int,
        counts: dict[str, int],
        files: tuple[FileTold, ...],
    ) -> Contents:
        return Contents(
            form=FORM,
            program=VERSION,
            node=self._beside.record.identity.node,
            world=self._world,
            owner=wanted.owner,
            begin=wanted.begin,
            end=wanted.end,
            time_zone=self._country.time_zone,
            incidents=incidents,
            rows=counts,
            files=files,
        )


def digest_of(folder: Path) -> str:
    """The digest of a package."""
    return contents_of(folder)[1]


def _cells(incident: str, item: HistoryItem) -> tuple[object, ...]:
    fact = item.fact
    return (
        fact.id,
        incident,
        fact.kind,
        fact.version,
        fact.happened_at.astimezone(UTC).isoformat(),
        instant_of(Tick.parse(fact.recorded_at).ms).isoformat(),
        fact.by.organisation,
        fact.by.function,
        fact.basis,
        "yes" if item.struck else "no",
        " ".join(fact.about),
        " ".join(fact.causes),
        bytes(fact.body).decode(),
    )


def _instant(value: object) -> str:
    return instant_of(value).isoformat() if isinstance(value, int) else ""
