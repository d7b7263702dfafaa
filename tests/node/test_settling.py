# SPDX-License-Identifier: Apache-2.0
"""A person settles what was noticed: it stays in the journal, and `doctor` is content again."""

from pathlib import Path

import pytest

from bavn.journal.kept import EVIDENCE
from bavn.journal.reader import Reader
from bavn.journal.settle import mark_of
from bavn.kernel.private import Private
from bavn.node.cli import REFUSED, WELL, main
from bavn.node.wiring import catalogue
from bavn.runtime.folder import Folder
from bavn.runtime.opened import Opened, open_to_write
from tests.node.test_cli import TOWN, WORLD

WHAT = "node/1/nation"
MARK = mark_of(f"fork {WHAT}")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give a node that has noticed a fork."""
    path = tmp_path / "data"
    more = ["--node", "east", "--host", TOWN, "--area", TOWN, "--world", WORLD]
    assert main(["init", "--data", str(path), *more]) == WELL
    with opened(path) as node:
        record = node.journal.record
        with record.transaction() as pending:
            record.note_evidence(pending, sort="fork", what=WHAT, says="two heads", at_ms=1)
    return path


def opened(data: Path) -> Opened:
    return open_to_write(Folder(data), WORLD, catalogue())


def settle(data: Path, *more: str) -> int:
    return main(["settle", "--data", str(data), "--world", WORLD, *more])


def doctor(data: Path, capture: Capture) -> str:
    capture.readouterr()
    main(["doctor", "--data", str(data), "--world", WORLD])
    return capture.readouterr().out


def test_what_is_open_is_listed_with_the_mark_to_settle_it_by(data: Path, capsys: Capture) -> None:
    assert settle(data) == WELL
    said = capsys.readouterr().out
    assert MARK in said
    assert WHAT in said


def test_what_is_settled_is_a_fact_and_no_longer_troubles_the_doctor(
    data: Path, capsys: Capture
) -> None:
    assert MARK in doctor(data, capsys)
    assert settle(data, MARK, "--found", "an old laptop was switched on") == WELL
    assert MARK not in doctor(data, capsys)
    with opened(data) as node:
        reader = Reader(organisations=frozenset({TOWN}), personal=True)
        (item,) = node.journal.query.history(reader, TOWN, f"evidence:{MARK}")
        body = node.journal.record.catalogue.kinds.read(item.fact)
        found = node.journal.query.reveal(reader, TOWN, body.found)  # type: ignore[union-attr]
        assert found == Private("an old laptop was switched on")
        (row,) = node.journal.record.store.rows(EVIDENCE, {})
        assert row["settled_by"] == item.fact.id
        assert list(node.journal.verify()) == []
    capsys.readouterr()
    assert settle(data) == WELL
    assert MARK not in capsys.readouterr().out


@pytest.mark.parametrize("more", [(MARK,), (MARK, "--found", ""), ("0" * 8, "--found", "nothing")])
def test_it_is_refused_without_a_finding_or_for_what_was_not_noticed(
    data: Path, more: tuple[str, ...], capsys: Capture
) -> None:
    assert settle(data, *more) == REFUSED
    assert capsys.readouterr().err
    with opened(data) as node:
        assert node.journal.record.position == 0


def test_it_is_settled_once(data: Path) -> None:
    assert settle(data, MARK, "--found", "a twin") == WELL
    assert settle(data, MARK, "--found", "a twin") == REFUSED
