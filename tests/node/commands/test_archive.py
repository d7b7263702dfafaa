# SPDX-License-Identifier: Apache-2.0
"""`bavn archive`: a package is whole or not there, the same twice, and its faults are named."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from bavn.capabilities.operations.decisions.deciding import CloseIncident, ReportIncident
from bavn.journal.decision import Done, Request
from bavn.journal.reader import Reader
from bavn.journal.strike import EraseKey
from bavn.kernel.identity import Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node.cli import main
from bavn.node.wiring import catalogue
from bavn.runtime.archive.form import CONTENTS, TABLE_FORMS
from bavn.runtime.archive.making import Making
from bavn.runtime.archive.shelf import noted_packages
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.opened import open_to_write
from bavn.runtime.readings.kept import Wanted, entries_in
from tests.node.watch import NJB, NORTH, WORLD, founded

pytestmark = pytest.mark.slow
# A quarter of an hour before midnight in Denmark is the day before in UTC, in summer.
LAST = datetime(2020, 6, 30, 21, 45, tzinfo=UTC)
NAME = 'Rosenkrantz; "født" 1960\nnæste linje'
PERIOD = ("--from", "2020-06-01", "--to", "2020-07-01")
Run = Callable[..., str]


def told(journal: object, content: object) -> str:
    request = Request(
        owner=NJB,
        actor=Actor(organisation=NJB, function="duty_officer"),
        content=content,  # type: ignore[arg-type]
    )
    (outcome,) = journal.commit([request])  # type: ignore[attr-defined]
    assert isinstance(outcome, Done), outcome
    reader = Reader(organisations=frozenset({NJB}))
    item = journal.query.item(reader, outcome.facts[0])  # type: ignore[attr-defined]
    return str(item.fact.about[0].partition(":")[2])


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, list[str]]:
    """Three incidents: one of the period, one whose texts are erased, one closed the day after."""
    path = Path(tmp_path_factory.mktemp("package")) / "node"
    folder = founded(path, built_in("denmark"))
    found = []
    with open_to_write(folder, WORLD, catalogue()) as opened:
        for closed in (LAST - timedelta(days=3), LAST, LAST + timedelta(minutes=15)):
            alarm = ReportIncident(
                incident_type="BR-GRD",
                municipality="0851",
                area=NORTH,
                text=Private(NAME),
                occurred_at=closed - timedelta(hours=2),
            )
            incident = told(opened.journal, alarm)
            told(opened.journal, CloseIncident(incident=incident, area=NORTH, at=closed))
            found.append(incident)
        told(opened.journal, EraseKey(subject=Subject(f"incident:{found[1]}"), ground="test"))
    return folder, found


@pytest.fixture
def run(node: tuple[Folder, list[str]], capsys: pytest.CaptureFixture[str]) -> Run:
    def given(*words: object, code: int = 0) -> str:
        data = ("--data", str(node[0].path), "--world", WORLD)
        assert main(["archive", *map(str, words), *data]) == code
        said = capsys.readouterr()
        return said.out + said.err

    return given


def make(run: Run, out: Path, *words: str, code: int = 0) -> Path:
    run("make", "--of", NJB, *(words or PERIOD), "--out", out, code=code)
    return out / "bavn-njb-2020-06-01-2020-07-01"


def rows(package: Path, table: str) -> list[dict[str, str]]:
    with (package / "Tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_package_holds_the_incidents_of_the_countrys_days(
    run: Run, node: tuple[Folder, list[str]], tmp_path: Path
) -> None:
    folder, incidents = node
    package = make(run, tmp_path)
    assert [each["incident"] for each in rows(package, "incidents")] == incidents[:2]
    lines = (package / "Facts/facts.jsonl").read_text(encoding="utf-8").splitlines()
    facts = [json.loads(line) for line in lines]
    assert [each["id"] for each in facts] == [each["fact"] for each in rows(package, "facts")]
    assert {each["owner"] for each in facts} == {NJB}
    texts = {each["incident"]: each for each in rows(package, "texts")}
    assert texts[incidents[0]]["text"] == NAME, "through a table and back"
    assert (texts[incidents[1]]["state"], texts[incidents[1]]["text"]) == ("erased", "")
    assert "IKKE en arkiveringsversion" in (package / "LAESMIG.txt").read_text(encoding="utf-8")
    index = (package / "Indices/tableIndex.xml").read_text(encoding="utf-8")
    for form in TABLE_FORMS:
        for column in form.columns:
            assert f'<description lang="da">{column.danish}' in index
            assert column.english in index
    # Its owner's alone, as the texts in it are.
    assert not any(each.stat().st_mode & 0o077 for each in package.rglob("*"))
    (noted, *_) = noted_packages(folder.world_path(WORLD))
    assert [each for each, _ in noted.incidents] == incidents[:2]
    assert NAME not in (folder.world_path(WORLD) / "archive" / f"{noted.digest}.json").read_text()
    read = apsw.Connection(str(folder.readings_path(WORLD)))
    opened = entries_in(read, Wanted(purpose="arkiv"), 100)
    assert {each.subject for each in opened} == {f"incident:{each}" for each in incidents[:2]}
    assert "hel" in run("verify", package)


def test_the_same_record_and_period_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    one, two = make(run, tmp_path / "a"), make(run, tmp_path / "b")
    files = sorted(each.relative_to(one) for each in one.rglob("*") if each.is_file())
    assert len(files) == 11
    assert [(one / each).read_bytes() for each in files] == [
        (two / each).read_bytes() for each in files
    ]
    make(run, tmp_path / "a", code=2)


def _changed(package: Path) -> None:
    path = package / "Tables/texts.csv"
    path.write_bytes(path.read_bytes().replace(b"1960", b"1961"))


def _longer(package: Path) -> None:
    with (package / "Facts/facts.jsonl").open("ab") as file:
        file.write(b"{}\n")


def _missing(package: Path) -> None:
    (package / "Tables/facts.csv").unlink()


def _unknown(package: Path) -> None:
    (package / "Documents/more.txt").write_text("x")


def _index(package: Path) -> None:
    path = package / "Indices/fileIndex.xml"
    path.write_text(path.read_text().replace("facts", "fact"))


def _row(package: Path) -> None:
    with (package / "Tables/incidents.csv").open("a") as file:
        file.write("a,b\r\n")


FAULTS: dict[Callable[[Path], None], tuple[str, ...]] = {
    _changed: ("texts.csv: er ændret",),
    _longer: ("facts.jsonl: er ændret",),
    _missing: ("facts.csv: mangler",),
    _unknown: ("more.txt: står ikke",),
    _index: ("fileIndex.xml: er ændret",),
    _row: ("incidents.csv: er ændret", "andre kolonner", "andet antal rækker"),
}


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda each: each.__name__)
def test_every_fault_of_a_package_is_named(
    run: Run, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    package = make(run, tmp_path)
    spoil(package)
    said = run("verify", package, code=1)
    for words in FAULTS[spoil]:
        assert words in said


def test_what_is_no_package_or_of_another_form_is_refused(run: Run, tmp_path: Path) -> None:
    assert "ikke en pakke" in run("verify", tmp_path, code=2)
    assert "Hvilken pakke" in run("verify", code=2)
    package = make(run, tmp_path)
    contents = package / CONTENTS
    contents.write_text(contents.read_text().replace("bavn archive 1", "bavn archive 9"))
    assert "kender" in run("verify", package, code=2)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("make",), "Hvis hændelser"),
        (("make", "--of", NJB, "--from", "2020-07-01", "--to", "2020-07-01"), "Hvis hændelser"),
        (("make", "--of", NJB, "--from", "2001-01-01", "--to", "2001-02-01"), "ingen hændelse"),
        (("make", "--of", "nobody", *PERIOD), "skriver ikke for"),
    ],
)
def test_a_package_of_nothing_or_of_somebody_else_is_refused(
    run: Run, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    assert says in run(*words, "--out", tmp_path / "out", code=2)
    left = list((tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else []
    assert left == [], "nothing half is left"


def test_what_is_killed_in_the_middle_leaves_nothing_that_is_taken_for_a_package(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_self: Making, _raw: bytes) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Making, "fact", killed)
        make(run, tmp_path, code=130)
    assert list(tmp_path.iterdir()) == []
    # Killed so that nothing of ours runs any more: a folder lies there, and is no package.
    half = tmp_path / ".bavn-njb-2020-06-01-2020-07-01.partial"
    (half / "Tables").mkdir(parents=True)
    run("verify", half, code=2)
    package = make(run, tmp_path)
    assert list(tmp_path.iterdir()) == [package], "the next one clears it away"


def test_texts_whose_opening_cannot_be_written_down_stay_closed(
    run: Run, node: tuple[Folder, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = node[0].readings_path(WORLD)
    monkeypatch.setattr(Folder, "readings_path", lambda _self, _world: there.parent)
    assert "skrives ned" in run("make", "--of", NJB, *PERIOD, "--out", tmp_path / "x", code=2)
    assert list((tmp_path / "x").iterdir()) == []


def test_no_package_lies_where_backups_would_take_it_along(
    run: Run, node: tuple[Folder, list[str]]
) -> None:
    out = node[0].path / "packages"
    assert "sikkerhedskopier" in run("make", "--of", NJB, *PERIOD, "--out", out, code=2)
    assert not out.exists()
