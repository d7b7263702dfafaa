# SPDX-License-Identifier: Apache-2.0
"""The bench of pick lists: what a changed list would have sent, and every fault with its place."""

import csv
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bavn.node.cli import FAULTS, REFUSED, WELL, main
from bavn.node.past_calls import moment_in
from bavn.node.replayed import quantile
from bavn.runtime.folder import Folder

pytestmark = pytest.mark.slow
CALLS = """Tidspunkt;Kode;Bredde;Længde
2026-03-29 01:59;BR-VIL;57,05;9,92
28-02-2026 23.59;BR-VIL;57.4417;10.5366
2026-05-01T12:00:00Z;BR-CON;57,05;9,92
"""
COLUMNS = [
    f"--column={each}" for each in ("time=Tidspunkt", "type=Kode", "lat=bredde", "lon=Længde")
]


def replay(folder: Folder, calls: Path | None, *more: str) -> int:
    asked = ["picklist", "replay", *([] if calls is None else [str(calls)])]
    return main([*asked, "--data", str(folder.path), "--world", "demo", "--service", "njb", *more])


@pytest.mark.requirement("E5.1")
def test_a_changed_list_is_seen_call_by_call_and_in_the_totals(
    dispatched: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls, changed = tmp_path / "calls.csv", tmp_path / "list.csv"
    calls.write_text(CALLS, encoding="utf-8")
    # A second pump to houses; what is not in the list stays as it is.
    changed.write_text("type,needs\nBR-VIL,ISL:1;ASP:2;TAN:1\n", encoding="utf-8")
    table, whole = tmp_path / "out.csv", tmp_path / "out.json"
    more = ["--list", str(changed), "--csv", str(table), "--json", str(whole), "--lang", "en"]
    assert replay(dispatched, calls, *COLUMNS, *more) == WELL
    assert "3 calls. To 2 of them other units would be sent." in capsys.readouterr().out
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [each["changed"] for each in rows] == ["1", "1", "0"]
    assert [len(each["old_units"].split()) for each in rows] == [3, 3, 1]
    assert [len(each["new_units"].split()) for each in rows] == [4, 4, 1]
    assert rows[0]["at"].startswith("2026-03-29T01:59:00+01:00")
    assert all(float(each["old_first_s"]) < float(each["old_first_p90_s"]) for each in rows)
    found = json.loads(whole.read_bytes())
    assert found["totals"]["calls"] == 3
    assert found["totals"]["new"]["unit_count"] - found["totals"]["old"]["unit_count"] == 2
    assert [each["type"] for each in found["items"]] == ["BR-VIL", "BR-VIL", "BR-CON"]
    # The same list changes nothing.
    assert replay(dispatched, calls, *COLUMNS, "--lang", "en") == WELL
    assert "To 0 of them" in capsys.readouterr().out


def test_units_that_are_away_are_not_sent_twice(
    dispatched: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls, table = tmp_path / "calls.csv", tmp_path / "out.csv"
    rows = "".join(f"2026-05-01 12:0{minute},BR-BIL,57.05,9.92\n" for minute in range(3))
    calls.write_text(f"time,type,lat,lon\n{rows}", encoding="utf-8")
    sent = []
    for busy in ([], ["--busy"]):
        assert replay(dispatched, calls, "--csv", str(table), *busy) == WELL
        with table.open(encoding="utf-8") as file:
            sent.append([each["old_units"] for each in csv.DictReader(file)])
    assert len(set(sent[0])) == 1
    assert len(set(sent[1])) == 3
    capsys.readouterr()


def test_every_fault_is_named_with_row_and_column_and_nothing_that_was_written(
    dispatched: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = tmp_path / "calls.csv"
    rows = ["Karl,BR-VIL,57 9", "2026-05-01 12:00,XX,57 9", "2026-05-01 12:00,BR-VIL,Karl", ""]
    rows += ["2026-05-01 12:00,BR-VIL,48 2", '2026-05-01 12:00,BR-VIL,"57.05, 9.92"']
    calls.write_text("time,type,place\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert replay(dispatched, calls, "--lang", "en") == FAULTS
    said = capsys.readouterr().out
    assert "1 calls." in said
    for where in ("Row 2, time", "Row 3, type", "Row 4, place", "Row 6, place: is outside"):
        assert where in said, where
    assert "4 rows have faults" in said
    assert "Karl" not in said


@pytest.mark.parametrize(
    ("calls", "more", "says"),
    [
        ("time,type\n", [], "no columns for time, type and place"),
        (None, [], "Which calls"),
        ("time,type,place\n", ["--column", "when=Tid"], "names no column"),
        ("time,type,place\n", ["--list", "nowhere.csv"], "no file nowhere.csv"),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_what_to_do(
    dispatched: Folder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    calls: str | None,
    more: list[str],
    says: str,
) -> None:
    path = None
    if calls is not None:
        path = tmp_path / "calls.csv"
        path.write_text(calls, encoding="utf-8")
    assert replay(dispatched, path, "--lang", "en", *more) == REFUSED
    assert says in capsys.readouterr().err


def test_a_faulty_list_is_refused_as_it_is_when_it_is_received(
    dispatched: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls, changed = tmp_path / "calls.csv", tmp_path / "list.csv"
    calls.write_text("time,type,place\n", encoding="utf-8")
    changed.write_text("type,needs\nBR-VIL,XYZ:1\n", encoding="utf-8")
    assert replay(dispatched, calls, "--list", str(changed)) == REFUSED
    assert "row 2, needs" in capsys.readouterr().err


def test_the_hour_that_there_is_twice_and_the_leap_day_are_instants() -> None:
    zone = ZoneInfo("Europe/Copenhagen")
    first = moment_in("2026-10-25 02:30", zone)
    assert first is not None
    assert first.utcoffset() == moment_in("2026-10-24 12:00", zone).utcoffset()  # type: ignore[union-attr]
    leap = moment_in("29-02-2028 23:59:59", zone)
    assert leap is not None
    assert leap.isoformat() == "2028-02-29T23:59:59+01:00"
    assert moment_in("29-02-2026 12:00", zone) is None


def test_a_quantile_is_a_value_that_was_met() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({1: 1}, 0.9) == 1.0
    assert [quantile({10: 9, 20: 1}, share) for share in (0.5, 0.9, 0.91)] == [10.0, 10.0, 20.0]
