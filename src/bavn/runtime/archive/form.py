# SPDX-License-Identifier: Apache-2.0
"""What a package holds: tables with each column described, and tables of contents in XML.

It follows the order of a Danish archival version (executive order no. 128 of 12 February 2020): an
index of the archive, of the tables and of the files, tables apart from documents. It is not one:
what lacks stands in every package, in LAESMIG.txt, and in the README of the capability.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import msgspec

from bavn.kernel.identity import NodeId, OrganisationId, World

FORM = "bavn archive 1"
INDICES, TABLES, FACTS, DOCUMENTS = "Indices", "Tables", "Facts", "Documents"
CONTENTS = f"{INDICES}/archive.json"
FACTS_FILE, DOCUMENTS_FILE = f"{FACTS}/facts.jsonl", f"{DOCUMENTS}/documents.jsonl"
READ_ME = "LAESMIG.txt"


class Column(msgspec.Struct, frozen=True):
    """A column: its name, its type, and what it holds, in both languages."""

    name: str
    type: str
    danish: str
    english: str


class TableForm(msgspec.Struct, frozen=True):
    """A table: its name, and its columns in their order."""

    name: str
    danish: str
    english: str
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        """Where it lies in a package."""
        return f"{TABLES}/{self.name}.csv"


_INCIDENT = Column("incident", "text", "hændelsens nummer", "the incident's number")
_FACT = Column("fact", "text", "meldingens nummer", "the fact's number")
TABLE_FORMS = (
    TableForm(
        "incidents",
        "Hændelser, en række hver",
        "Incidents, a row each",
        (
            _INCIDENT,
            Column("owner", "text", "den organisation, hvis hændelse det er", "whose it is"),
            Column("reported_at", "instant", "hvornår den blev meldt", "when it was reported"),
            Column("closed_at", "instant", "hvornår den blev afsluttet", "when it was closed"),
            Column("outcome", "text", "udfald, hvis det er sagt", "outcome, where it was said"),
            Column("fact_count", "number", "antal meldinger", "how many facts"),
            Column("text_count", "number", "antal forseglede tekster", "how many sealed texts"),
            Column(
                "unread_count",
                "number",
                "antal tekster, der ikke kunne læses (slettede ikke medregnet)",
                "how many texts could not be read (erased ones aside)",
            ),
            Column(
                "mark",
                "text",
                "mærke, der skifter, når der er fortalt mere",
                "a mark that changes when more has been told",
            ),
        ),
    ),
    TableForm(
        "facts",
        "Meldinger, i journalens rækkefølge for hver hændelse",
        "Facts, in the record's order for each incident",
        (
            _FACT,
            _INCIDENT,
            Column("kind", "text", "meldingens slags", "the kind of fact"),
            Column("version", "number", "slagsens udgave", "the kind's version"),
            Column("happened_at", "instant", "hvornår det skete", "when it happened"),
            Column("recorded_at", "clock", "hvornår det blev skrevet", "when it was recorded"),
            Column("by_organisation", "text", "hvem det er sagt for", "for whom it was said"),
            Column("by_function", "text", "i hvilken funktion", "in which function"),
            Column("basis", "text", "hjemlen, det blev gjort på", "the ground it was done on"),
            Column("struck", "yes/no", "om den er overstreget", "whether it is struck through"),
            Column("about", "list", "hvad den handler om", "what it is about"),
            Column("causes", "list", "hvad den følger af", "what it follows from"),
            Column("body", "JSON", "hvad der blev sagt", "what was said"),
        ),
    ),
    TableForm(
        "texts",
        "Forseglede tekster, åbnet til arkivet; kan nævne personer",
        "Sealed texts, opened for the archive; they may name people",
        (
            _FACT,
            _INCIDENT,
            Column("field", "text", "feltet i meldingen", "the field of the fact"),
            Column(
                "state",
                "text",
                "read: læst; erased: slettet; not_here, damaged: kunne ikke læses",
                "read; erased; not_here and damaged: could not be read",
            ),
            Column("text", "text", "teksten", "the text"),
        ),
    ),
    TableForm(
        "documents",
        "Underskrevne dokumenter; indholdet er linjen i Documents/documents.jsonl",
        "Signed documents; the content is the line of Documents/documents.jsonl",
        (
            _FACT,
            _INCIDENT,
            Column("sort", "text", "dokumentets slags", "the sort of document"),
            Column("version", "number", "dokumentets udgave", "the document's version"),
            Column("signed_at", "instant", "hvornår det blev underskrevet", "when it was signed"),
            Column("account", "text", "kontoen, der underskrev", "the account that signed"),
            Column("line", "number", "linjen i filen, fra 1", "the line of the file, from 1"),
        ),
    ),
)
FORMS: Mapping[str, TableForm] = {each.name: each for each in TABLE_FORMS}


class FileTold(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a package."""

    path: str
    size: int
    sha256: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """All that a package holds; the digest of this is the digest of the package."""

    form: str
    program: str
    node: NodeId
    world: World
    owner: OrganisationId
    begin: date
    end: date
    time_zone: str
    incidents: int
    rows: dict[str, int]
    files: tuple[FileTold, ...]


def archive_index(told: Contents) -> str:
    """Whose the archive is, of when, and made by what."""
    said = (
        ("form", told.form),
        ("systemName", "Bavn"),
        ("systemVersion", told.program),
        ("archiveCreator", told.owner),
        ("node", told.node),
        ("world", told.world),
        ("periodStart", told.begin.isoformat()),
        ("periodEnd", told.end.isoformat()),
        ("timeZone", told.time_zone),
        ("containsPersonalData", "true"),
        ("incidents", str(told.incidents)),
    )
    return _document("archiveIndex", [f"<{name}>{escape(text)}</{name}>" for name, text in said])


def table_index(told: Contents) -> str:
    """Each table and column, described in both languages."""
    lines = []
    for form in TABLE_FORMS:
        rows = told.rows[form.name]
        lines += [
            f'<table name={quoteattr(form.name)} file={quoteattr(form.file)} rows="{rows}">',
            *_described(form.danish, form.english),
        ]
        for column in form.columns:
            lines += [
                f"<column name={quoteattr(column.name)} type={quoteattr(column.type)}>",
                *_described(column.danish, column.english),
                "</column>",
            ]
        lines.append("</table>")
    return _document("tableIndex", lines)


def file_index(told: Contents) -> str:
    """Each file with its digest."""
    lines = [
        f'<file path={quoteattr(each.path)} size="{each.size}" sha256="{each.sha256}"/>'
        for each in told.files
    ]
    return _document("fileIndex", lines)


def indices_of(told: Contents) -> dict[str, bytes]:
    """The tables of contents by where they lie: all made of the same."""
    return {
        CONTENTS: msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n",
        f"{INDICES}/archiveIndex.xml": archive_index(told).encode(),
        f"{INDICES}/fileIndex.xml": file_index(told).encode(),
        f"{INDICES}/tableIndex.xml": table_index(told).encode(),
    }


def read_me() -> bytes:
    """What the package is, and what it is not."""
    return _READ_ME.encode()


def _described(danish: str, english: str) -> list[str]:
    return [
        f'<description lang="da">{escape(danish)}</description>',
        f'<description lang="en">{escape(english)}</description>',
    ]


def _document(name: str, lines: Sequence[str]) -> str:
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', f"<{name}>", *lines, f"</{name}>", ""]
    )


_READ_ME = """\
DANSK
Pakken er et udtræk til aflevering. Den indeholder personoplysninger: flyt den kun krypteret.
Indices/: indholdsfortegnelser (XML, JSON), SHA-256 for hver fil, beskrivelse af hver kolonne.
Tables/: tabeller (CSV, UTF-8, komma, CRLF; tidspunkter er UTC, ISO 8601).
Facts/: meldingerne, som de står i journalen, en på hver linje (JSON).
Documents/: underskrevne dokumenter, et på hver linje (JSON).
Pakken er IKKE en arkiveringsversion efter bekendtgørelse nr. 128 af 12. februar 2020.
Det mangler: navn og nummer fra Rigsarkivet (AVID), tabeller som XML med XSD, MD5 i fileIndex,
Rigsarkivets skemaer, kontekstdokumentation, primær- og fremmednøgler efter bilagene, og dokumenter
som TIFF eller PDF/A.
Kontrol: bavn archive verify MAPPE

ENGLISH
This package is an extract for delivery. It holds personal data: move it encrypted only.
Indices/: tables of contents (XML, JSON), SHA-256 of each file, a description of each column.
Tables/: tables (CSV, UTF-8, comma, CRLF; instants are UTC, ISO 8601).
Facts/: the facts as they stand in the record, one a line (JSON).
Documents/: signed documents, one a line (JSON).
It is NOT an archival version by executive order no. 128 of 12 February 2020.
It lacks: a name and number from the national archives (AVID), tables as XML with XSD, MD5 in
fileIndex, the archives' schemas, context documentation, primary and foreign keys by the annexes,
and documents as TIFF or PDF/A.
To check it: bavn archive verify FOLDER
"""
