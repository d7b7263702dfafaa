# SPDX-License-Identifier: Apache-2.0
"""A list becomes history: what can be understood is taken, all else is a fault with its row."""

import os
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.runtime.countries import built_in
from bavn.runtime.halt import Halt
from bavn.runtime.past import importing
from bavn.runtime.past.columns import columns_of, example, read_map
from bavn.runtime.past.importing import FAULTS_FILE, Importer
from bavn.runtime.past.rows import Rows, Turnout
from bavn.runtime.past.store import FILE, PastFile
from tests.runtime.past.lists import (
    CANARY,
    HEADING,
    MAP,
    NOW,
    imported,
    kept,
    mapped,
    row,
    written,
)

PLAIN = 'service = "njb"\n[columns]\nnumber = "Nr"\nat = "Alarm"\n'
COUNTRY = built_in("denmark")
with tempfile.TemporaryDirectory() as _folder:
    TOLD = read_map(mapped(Path(_folder)), COUNTRY)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("between", [";", ",", "\t", "|"])
def test_a_turnout_is_read_as_it_stands_however_it_is_written(
    tmp_path: Path, encoding: str, between: str
) -> None:
    done = imported(
        tmp_path, written(tmp_path / "l.csv", [row(1)], between=between, encoding=encoding)
    )
    assert (done.row_count, done.new_count, done.fault_count) == (1, 1, 0)
    columns = "at, service, type, municipality, east_km, north_km, outcome, station, vehicles"
    at = datetime(2024, 5, 2, 12, 1, tzinfo=UTC).timestamp()
    # Rounded to the kilometre of the country's own metres.
    assert kept(tmp_path, columns) == [(at, "njb", "BR-ABA", "0851", 556, 6323, "real", "Øst", 2)]
    assert kept(tmp_path, "turnout_s, drive_s, response_s") == [(90, 270, 360)]


def test_what_the_map_does_not_name_is_nowhere(tmp_path: Path) -> None:
    faulty = row(2, Alarm="i går")
    imported(tmp_path, written(tmp_path / "list.csv", [row(1), faulty]))
    for file in (tmp_path / FILE, tmp_path / FAULTS_FILE):
        raw = file.read_bytes()
        assert CANARY.encode() not in raw
        # Neither is the service's own number, nor what stood in a faulty cell.
        assert b"R1" not in raw
        assert "i går".encode() not in raw


FAULTY = [
    ({"Alarm": "31-02-2024 14:00"}, "Alarm", "at moment"),
    ({"Alarm": "i går"}, "Alarm", "at moment"),
    ({"Alarm": "01-01-2024 24:00"}, "Alarm", "at moment"),
    ({"Alarm": "01-01-2024 14:75"}, "Alarm", "at moment"),
    ({"Alarm": "01-01-1024 14:00"}, "Alarm", "at moment"),
    ({"Alarm": "24-12-2026 14:00"}, "Alarm", "at future"),
    ({"Alarm": "31-03-2024 02:30"}, "Alarm", "at skipped"),
    ({"Type": "x" * 61}, "Type", "type long"),
    ({"Beredskab": "Ingensteds"}, "Beredskab", "service service"),
    ({"Beredskab": ""}, "Beredskab", "service service"),
    ({"Kommune": "Ingensteds"}, "Kommune", "municipality municipality"),
    ({"Bredde": "nord"}, "Bredde", "lat number"),
    ({"Bredde": "5,7"}, "Bredde", "lon outside"),
    ({"Resultat": "måske"}, "Resultat", "outcome outcome"),
    ({"Biler": "2,5"}, "Biler", "vehicles number"),
    ({"Biler": "-1"}, "Biler", "vehicles number"),
    ({"Afgang": "-1"}, "Afgang", "turnout_s duration"),
    ({"Kørsel": "25:00:00"}, "Kørsel", "drive_s duration"),
    ({"Respons": "straks"}, "Respons", "response_s duration"),
    ({"Station": "\ufffd"}, "Station", "station letters"),
]


@pytest.mark.parametrize(("cells", "column", "fault"), FAULTY)
def test_a_fault_is_told_with_row_and_column_and_the_others_are_taken(
    tmp_path: Path, cells: dict[str, str], column: str, fault: str
) -> None:
    assert column in HEADING
    done = imported(tmp_path, written(tmp_path / "list.csv", [row(1), row(2, **cells), row(3)]))
    assert (done.taken_count, done.fault_count) == (2, 1)
    assert (tmp_path / FAULTS_FILE).read_text(encoding="utf-8") == f"3 {fault}\n"
    assert done.faults == tmp_path / FAULTS_FILE


def test_faults_are_counted_and_no_more_than_the_limit_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "FAULTS_KEPT", 3)
    bad = [row(number, Alarm="") for number in range(5)]
    done = imported(tmp_path, written(tmp_path / "list.csv", bad))
    assert done.fault_count == 5
    assert len((tmp_path / FAULTS_FILE).read_text(encoding="utf-8").splitlines()) == 3
    # A list of which nothing is understood leaves no trace.
    assert not (tmp_path / FILE).exists()
    # A list without a fault takes the file of faults away.
    imported(tmp_path, written(tmp_path / "list.csv", [row(1)]))
    assert not (tmp_path / FAULTS_FILE).exists()


def test_the_same_list_again_adds_nothing_and_a_better_map_mends_it(tmp_path: Path) -> None:
    rows = [row(1), row(2, Nr=""), row(3, Type="Anden ting"), row(3, Type="Anden ting")]
    file = written(tmp_path / "list.csv", rows)
    first = imported(tmp_path, file)
    assert (first.new_count, first.repeat_count) == (3, 1)
    before = kept(tmp_path)
    again = imported(tmp_path, file)
    assert (again.new_count, again.repeat_count) == (0, 4)
    assert kept(tmp_path) == before
    better = MAP.replace("[outcomes]", '"Anden ting" = "BR-BIL"\n[outcomes]')
    assert imported(tmp_path, file, told=better).new_count == 0
    assert sorted(kept(tmp_path, "type")) == [("BR-ABA",), ("BR-ABA",), ("BR-BIL",)]


def test_the_hour_that_comes_twice_is_told_and_one_with_an_offset_is_not_in_doubt(
    tmp_path: Path,
) -> None:
    rows = [
        row(1, Alarm="27-10-2024 02:30"),
        row(2, Alarm="2024-10-27T02:30:00+01:00"),
        row(3, Alarm="27-10-2024 03:30"),
        row(4, Alarm="2024-10-27T00:30:00Z"),
    ]
    done = imported(tmp_path, written(tmp_path / "list.csv", rows))
    assert (done.twofold_count, done.taken_count) == (1, 4)
    found = sorted(kept(tmp_path, "at, hour"))
    utc = [datetime.fromtimestamp(int(str(at)), UTC).strftime("%H:%M") for at, _ in found]
    # The doubtful one is the first of the two; in local hours both are the third of that Sunday.
    assert utc == ["00:30", "00:30", "01:30", "02:30"]
    assert [int(str(hour)) % 168 for _, hour in found] == [146, 146, 146, 147]


def test_a_list_in_universal_time_skips_no_hour(tmp_path: Path) -> None:
    file = written(tmp_path / "list.csv", [row(1, Alarm="31-03-2024 02:30")])
    assert imported(tmp_path, file, told=f'zone = "UTC"\n{MAP}').fault_count == 0
    assert int(str(kept(tmp_path, "hour")[0][0])) % 24 == 4


def test_a_preview_says_what_would_come_and_keeps_nothing(tmp_path: Path) -> None:
    file = written(tmp_path / "list.csv", [*map(row, range(30)), row(1), row(99, Type="Ukendt")])
    done = imported(tmp_path, file, preview=True)
    assert (done.new_count, done.repeat_count, len(done.first)) == (31, 1, 20)
    assert done.types == [("BR-ABA", 30), ("Ukendt", 1)]
    assert done.outcomes == [("real", 31)]
    assert not (tmp_path / FILE).exists()
    assert not list(tmp_path.glob("*.new"))


def test_lists_are_named_and_taken_away_again(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path / "a.csv", [row(1), row(2)]), name="a")
    imported(tmp_path, written(tmp_path / "b.csv", [row(3)]), name="b")
    file = PastFile(tmp_path / FILE)
    assert [(each.name, each.row_count) for each in file.imports()] == [("a", 2), ("b", 1)]
    assert sum(sum(weeks.values()) for weeks in file.weeks().values()) == 3
    importer = Importer(tmp_path, COUNTRY)
    assert importer.remove("nobody") is None
    assert importer.remove("a") == 2
    # Whoever has it open sees the other file at the next look.
    assert [each.name for each in file.imports()] == ["b"]
    assert sum(sum(weeks.values()) for weeks in file.weeks().values()) == 1
    file.close()


def test_a_broken_history_finds_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    file = PastFile(tmp_path / FILE)
    assert (file.imports(), file.weeks(), file.hour(3, 0)) == ([], {}, [])
    (tmp_path / FILE).write_bytes(b"no history at all" * 100)
    assert (file.imports(), file.weeks(), file.hour(3, 0)) == ([], {}, [])
    file.close()


REFUSED = [
    ("not toml", "past_map"),
    (MAP.replace('at = "Alarm"', ""), "past_map"),
    (MAP.replace('service = "Beredskab"', ""), "past_map"),
    (MAP.replace('lon = "Længde"', ""), "past_map"),
    (MAP.replace('"BR-ABA"', '"XX"'), "past_map"),
    (MAP.replace('"njb"', '"nobody"'), "past_map"),
    (MAP.replace('"real"', '"perhaps"'), "past_map"),
    (MAP.replace("number =", "names ="), "past_map"),
    (f'zone = "Mars/Olympus"\n{MAP}', "past_map"),
    (f'zone = "../x"\n{MAP}', "past_map"),
    (MAP.replace('"Biler"', '"Busser"'), "past_columns"),
]


@pytest.mark.parametrize(("told", "code"), REFUSED)
def test_a_map_that_cannot_be_used_is_refused_before_anything_is_read(
    tmp_path: Path, told: str, code: str
) -> None:
    file = written(tmp_path / "list.csv", [row(1)])
    with pytest.raises(Halt) as halted:
        imported(tmp_path, file, told=told)
    assert halted.value.refused.code == code
    assert not (tmp_path / FILE).exists()
    assert not list(tmp_path.glob("*.new"))


def test_a_column_of_free_text_is_refused(tmp_path: Path) -> None:
    rows = [row(number, Type=f"Naboen ringede {number}") for number in range(1_001)]
    with pytest.raises(Halt) as halted:
        imported(tmp_path, written(tmp_path / "list.csv", rows))
    assert halted.value.refused.code == "past_texts"
    assert not (tmp_path / FILE).exists()


def test_two_imports_at_once_are_one_too_many(tmp_path: Path) -> None:
    file = written(tmp_path / "list.csv", [row(1)])
    building = importing._Building(tmp_path)
    with pytest.raises(Halt) as halted:
        imported(tmp_path, file)
    assert halted.value.refused.code == "another_writer"
    building.close()
    assert imported(tmp_path, file).new_count == 1


def test_the_example_is_a_map_that_can_be_used(tmp_path: Path) -> None:
    told = read_map(mapped(tmp_path, example()), COUNTRY)
    assert told.columns.number
    assert told.types


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=400), told=st.sampled_from(["", "utf-8", "windows-1252"]))
def test_any_bytes_become_rows_or_faults(raw: bytes, told: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        file = place / "list.csv"
        file.write_bytes(b"Nr;Alarm\n" + raw)
        done = imported(place, file, told=f'encoding = "{told}"\ndelimiter = ";"\n{PLAIN}')
        assert len(kept(place)) == done.new_count <= done.taken_count
        assert done.taken_count <= done.row_count
        if not done.taken_count:
            assert not (place / FILE).exists()


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["24-12-2025 18:05", "2024-02-30 10:00", "1,5", "Aalborg", "njb", "99:99"]),
)


@settings(max_examples=200, deadline=None)
@given(cells=st.lists(CELLS, min_size=len(HEADING), max_size=len(HEADING)))
def test_any_row_is_a_turnout_or_faults_that_repeat_nothing_of_it(cells: list[str]) -> None:
    rows = Rows(columns_of(HEADING, TOLD.columns), TOLD, COUNTRY, NOW)
    found = rows.read(cells, 7)
    if isinstance(found, Turnout):
        assert 0 < found.at <= NOW.timestamp() + 86_400
        assert found.service == "njb"
    else:
        assert found
        assert {each.row for each in found} == {7}


ROWS = st.lists(
    st.builds(
        row,
        st.integers(0, 6),
        Type=st.sampled_from(["Brandalarm ABA", "Andet"]),
        Station=st.sampled_from(["Øst", "Vest"]),
        Nr=st.sampled_from(["", "R1", "R2"]),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, data=st.data())
def test_the_order_of_rows_does_not_matter_and_twice_is_once(
    rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(rows))
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder) / "one", Path(folder) / "two"
        one.mkdir()
        two.mkdir()
        imported(one, written(one / "list.csv", rows))
        imported(two, written(two / "list.csv", [*other, *rows]))
        assert kept(one) == kept(two)
        imported(one, written(one / "list.csv", other))
        assert kept(one) == kept(two)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_list(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path / "warm.csv", [row(1)]), preview=True)
    peaks = []
    for count in (5_500, 11_000):
        file = tmp_path / f"{count}.csv"
        with file.open("w", encoding="utf-8") as out:
            out.write("Nr;Alarm\n")
            out.writelines(
                f"{at};{at % 28 + 1:02}-05-2024 14:{at % 60:02}\n" for at in range(count)
            )
        tracemalloc.start()
        done = imported(tmp_path, file, told=PLAIN, preview=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert done.taken_count == count
    assert peaks[1] < peaks[0] * 1.2


@pytest.mark.slow
def test_who_is_killed_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path / "a.csv", [row(1), row(2)]), name="a")
    before = (tmp_path / FILE).read_bytes()
    file = written(tmp_path / "b.csv", [row(number) for number in range(200_000)])
    program = (
        "import sys; from pathlib import Path; from tests.runtime.past.lists import imported;"
        "from bavn.runtime.past import importing;"
        "taken = importing._taken\n"
        "def told(*given, **more):\n"
        "    yield from taken(*given, **more)\n"
        "    print(given[-1].taken_count, flush=True)\n"
        "importing._taken = told\n"
        "imported(Path(sys.argv[1]), Path(sys.argv[2]), name='b')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), str(file)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [int(line) for line in islice(process.stdout, 2)]
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    assert 0 < told[-1] < 200_000
    # Half of it was written, beside; what is read is as it was.
    assert (tmp_path / f"{FILE}.new").exists()
    assert (tmp_path / FILE).read_bytes() == before
    assert imported(tmp_path, written(tmp_path / "b.csv", [row(3)]), name="b").new_count == 1
    assert len(kept(tmp_path)) == 3
    assert not (tmp_path / f"{FILE}.new").exists()
