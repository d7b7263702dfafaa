# SPDX-License-Identifier: Apache-2.0
"""Decisions about files, each with its refusals, and what is folded from their facts."""

import msgspec
import pytest

from bavn.capabilities.exchange.capability import EXCHANGE
from bavn.capabilities.exchange.decisions import (
    BeginImport,
    MapColumns,
    NoteRows,
    ReadFile,
    ReadPiece,
    ReceiveFile,
    request_of,
)
from bavn.capabilities.exchange.facts import Fault, FileRow, RowResult
from bavn.capabilities.exchange.model.columns import BYTES_LIMIT, What
from bavn.capabilities.exchange.views import BYTES, FILES, MAPPINGS, PIECES, RESULTS
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Request
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.table import Row
from bavn.journal.views import View
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.runtime.texts import LANGUAGES, Texts
from tests.lilleland.nodes import EAST, EASTTOWN, WESTTOWN, Node, Settings

OWN = Reader(organisations=frozenset({EASTTOWN}))


class Desk:
    """A node where files come in."""

    def __init__(self) -> None:
        self.node = Node(EAST, settings=Settings(catalogue=catalogue_of([EXCHANGE.part])))

    def ask(self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN) -> Done | Refused:
        actor = Actor(organisation=owner, function="duty_officer")
        found = self.node.ask(Request(owner=owner, actor=actor, content=content))
        assert isinstance(found, Done | Refused), found
        return found

    def refused(self, content: msgspec.Struct) -> str:
        before, found = self.node.journal.record.position, self.ask(content)
        assert isinstance(found, Refused), found
        assert all(all(Texts(language).refusal(found)) for language in LANGUAGES)
        assert all(Texts(each).has(f"refused.{found.code}.says") for each in LANGUAGES)
        assert self.node.journal.record.position == before
        return found.code

    def rows(self, view: View, reader: Reader = OWN) -> list[Row]:
        return self.node.journal.query.rows(reader, view)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def received(raw: bytes = b"x" * 50_000) -> ReceiveFile:
    found = request_of("f1", raw, what=What.UNITS, form="csv", name="CANARY.csv")
    assert isinstance(found, ReceiveFile)
    return found


def read(reading: int = 1, *rows: FileRow) -> ReadFile:
    pieces = (ReadPiece(rows=rows, texts=Private("{}")), ReadPiece(faults=(Fault(3, "", "x"),)))
    return ReadFile(
        id="f1", reading=reading, shape="s", row_count=len(rows), left_out=(2,), pieces=pieces
    )


def begun(mark: str = "m", now: str = "m", rows: tuple[int, ...] = (2, 4)) -> BeginImport:
    return BeginImport(id="f1", mark=mark, now=now, rows=rows, account="a1")


def test_a_file_is_kept_as_it_came_before_it_is_read(desk: Desk) -> None:
    assert isinstance(desk.ask(received()), Done)
    (row,) = desk.rows(FILES)
    assert (row["piece_count"], row["size_bytes"], row["reading"]) == (3, 50_000, 0)
    assert len(desk.rows(BYTES)) == 3
    assert desk.refused(received()) == "file_here"
    assert isinstance(desk.ask(read(1, FileRow(2, {"id": "a"}))), Done)
    (row,) = desk.rows(FILES)
    assert (row["reading"], row["row_count"], row["left_out"]) == (1, 1, "[2]")
    # Read again by other columns; a late word of an earlier reading changes nothing.
    desk.ask(read(2, FileRow(2, {"id": "a"}), FileRow(3, {"id": "b"})))
    desk.ask(read(1))
    (row,) = desk.rows(FILES)
    assert (row["reading"], row["row_count"]) == (2, 2)
    assert {each["reading"] for each in desk.rows(PIECES)} == {1, 2}


def test_a_file_is_nobody_elses(desk: Desk) -> None:
    desk.ask(received())
    desk.ask(read())
    desk.ask(begun())
    desk.ask(NoteRows(id="f1", results=(RowResult(2, "a"),)))
    desk.ask(MapColumns(what=What.UNITS, shape="s", columns=("id", ""), account="a1"))
    others = Reader(organisations=frozenset({WESTTOWN}), personal=True)
    for view in (FILES, BYTES, PIECES, RESULTS, MAPPINGS):
        assert desk.rows(view), view.name
        assert desk.rows(view, others) == desk.rows(view, NOBODY) == []
    history = desk.node.journal.query.history(OWN, EASTTOWN, "file:f1")
    assert all("CANARY" not in str(each.fact.body) for each in history)


@pytest.mark.parametrize(
    ("size", "code"), [(0, "file_empty"), (BYTES_LIMIT + 1, "file_too_large"), (BYTES_LIMIT, "")]
)
def test_an_empty_file_and_a_too_large_one_are_refused(size: int, code: str, desk: Desk) -> None:
    found = request_of("f1", b"x" * size, what=What.UNITS, form="csv", name="")
    if code:
        assert isinstance(found, Refused)
        assert found.code == code
        assert all(all(Texts(language).refusal(found)) for language in LANGUAGES)
    else:
        assert isinstance(found, ReceiveFile)
        assert isinstance(desk.ask(found), Done), "the largest file fits in one request"


@pytest.mark.parametrize("content", [read(), begun(), NoteRows(id="f1", results=())])
def test_of_a_file_that_is_not_here_nothing_is_told(content: msgspec.Struct, desk: Desk) -> None:
    assert desk.refused(content) == "no_such_file"


def test_only_what_was_seen_is_begun(desk: Desk) -> None:
    desk.ask(received())
    assert desk.refused(begun("m", "n")) == "preview_changed"
    assert desk.refused(begun(rows=())) == "nothing_to_carry_out"
    assert isinstance(desk.ask(begun()), Done)
    (row,) = desk.rows(FILES)
    assert (row["begun_by"], row["to_do"]) == ("duty_officer", "[2,4]")


def test_a_later_word_of_a_row_replaces_an_earlier(desk: Desk) -> None:
    desk.ask(received())
    desk.ask(NoteRows(id="f1", results=(RowResult(2, "a", refused="x"), RowResult(3, "b"))))
    desk.ask(NoteRows(id="f1", results=(RowResult(2, "a", facts=("f",)),)))
    found = [
        msgspec.json.decode(str(each["result"]), type=RowResult) for each in desk.rows(RESULTS)
    ]
    assert sorted(found, key=lambda each: each.row) == [
        RowResult(2, "a", facts=("f",)),
        RowResult(3, "b"),
    ]


@pytest.mark.parametrize("columns", [(), ("id", "id"), ("colour",), ("id",) * 101])
def test_columns_that_are_none_are_refused(columns: tuple[str, ...], desk: Desk) -> None:
    content = MapColumns(what=What.UNITS, shape="s", columns=columns, account="a1")
    assert desk.refused(content) == "columns_not_ours"
