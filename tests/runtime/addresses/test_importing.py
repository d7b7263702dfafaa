# SPDX-License-Identifier: Apache-2.0
"""A list becomes a register whole or not at all, and every fault in it is named."""

import csv
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from bavn.engines.utm import Zone
from bavn.runtime.addresses.importing import FAULTS_FILE, remove
from bavn.runtime.addresses.register import AddressFile
from bavn.runtime.halt import Halt
from tests.runtime.addresses.lists import HEADING, NOW, imported, register, row, written

GOOD = [row("Skolevej", str(number)) for number in range(1, 6)]


def test_a_register_says_whose_it_is_of_when_and_how_large(tmp_path: Path) -> None:
    file = register(tmp_path, [*GOOD, row("Bygaden", "1")])
    told = file.register()
    assert told is not None
    assert (told.source, told.as_of, told.imported_at) == ("Lilleland", "2026-11", NOW)
    assert (told.house_count, told.street_count, told.is_invented) == (6, 2, False)
    assert not (tmp_path / FAULTS_FILE).exists()
    file.close()


def test_every_fault_is_named_with_row_and_column_and_the_old_register_stays(
    tmp_path: Path,
) -> None:
    old = register(tmp_path, GOOD)
    faulty = [
        *GOOD[:1],
        row("", "3"),
        row("Ny Vej", "nul"),
        row("Ny Vej", "3", ("98", "Østby", "0001")),
        row("Ny Vej", "3", ("9801", "", "7777")),
        row("Ny Vej", "4", place=(12.0, 10.6)),
        (*row("Ny Vej", "5")[:6], "nord", "øst"),
        ("too", "few"),
    ]
    done = imported(tmp_path, written(tmp_path / "new.csv", faulty))
    told = (tmp_path / FAULTS_FILE).read_text(encoding="utf-8").splitlines()
    assert done.fault_count == len(told) == 9
    assert {line.partition(":")[0] for line in told} == {
        *("row 3, street", "row 4, number", "row 5, postcode", "row 6, town"),
        *("row 6, municipality", "row 7, place", "row 8, lat", "row 8, lon", "row 9"),
    }
    assert not done.in_use
    assert [each.text for each in old.find("Skolevej 5")] == ["Skolevej 5, 9801 Østby"]
    assert not old.find("Ny Vej")
    # Accepted with its faults, it takes the old one's place, and readers see it at once.
    done = imported(tmp_path, tmp_path / "new.csv", without_faulty=True)
    assert (done.in_use, done.house_count) == (True, 1)
    assert [each.text for each in old.find("Skolevej 5")] == ["Skolevej, 9801 Østby"]
    old.close()
    assert not list(tmp_path.glob("*.new"))


def test_a_list_of_nothing_never_takes_the_place_of_something(tmp_path: Path) -> None:
    old = register(tmp_path, GOOD)
    done = imported(tmp_path, written(tmp_path / "empty.csv", []), without_faulty=True)
    assert not done.in_use
    assert len(old.find("Skolevej 5")) == 1
    old.close()
    assert remove(tmp_path)
    assert not remove(tmp_path)
    assert AddressFile(tmp_path).register() is None


def test_metres_are_read_as_degrees_are(tmp_path: Path) -> None:
    ((east, north),) = Zone(32).to_metres(np.array([[10.6, 57.1]])).tolist()
    heading = "vejnavn;husnr;postnr;postnrnavn;kommunekode;etrs89koordinat_øst;etrs89koordinat_nord"
    line = f"Skolevej;007b;9801;Østby;1;{east:.2f};{north:.2f}".replace(".", ",")
    file = tmp_path / "metres.csv"
    file.write_bytes(f"\ufeff{heading}\r\n{line}\r\n".encode())
    assert imported(tmp_path, file).in_use
    (found,) = AddressFile(tmp_path).find("skolevej 7b")
    assert found.text == "Skolevej 7B, 9801 Østby"
    assert found.lat == pytest.approx(57.1, abs=1e-6)
    assert found.lon == pytest.approx(10.6, abs=1e-6)
    assert found.municipality == "0001"


def test_columns_of_any_name_can_be_said_and_what_is_lacking_is_told(tmp_path: Path) -> None:
    renamed = ["VEJ" if each == "street" else each for each in HEADING]
    file = written(tmp_path / "list.csv", GOOD, renamed)
    with pytest.raises(Halt) as halted:
        imported(tmp_path, file)
    assert halted.value.refused.code == "addresses_columns"
    assert halted.value.refused.values["lacks"] == "street"
    assert imported(tmp_path, file, columns={"street": "vej"}).in_use
    for wrong in ({"street": "gade"}, {"colour": "vej"}):
        with pytest.raises(Halt):
            imported(tmp_path, file, columns=wrong)
    assert not list(tmp_path.glob("*.new"))


def test_flats_are_one_house_and_other_encodings_are_said(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    with file.open("w", encoding="latin-1", newline="") as out:
        csv.writer(out).writerows([HEADING, row("Ærøvej", "1"), row("Ærøvej", "1")])
    with pytest.raises(Halt) as halted:
        imported(tmp_path, file)
    assert halted.value.refused.code == "addresses_unreadable"
    done = imported(tmp_path, file, encoding="latin-1")
    assert (done.in_use, done.house_count, done.repeat_count) == (True, 1, 1)


@pytest.mark.slow
def test_a_long_list_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        rows = (
            row(f"Vej{number // 50}", str(number % 50 + 1), place=(57.1, 10 + number / 1e6))
            for number in range(count)
        )
        file = written(tmp_path / "list.csv", rows)
        tracemalloc.start()
        done = imported(tmp_path, file)
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert done.house_count == count
        return found

    short = peak(6_000)
    assert peak(18_000) < short * 1.3
