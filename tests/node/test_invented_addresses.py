# SPDX-License-Identifier: Apache-2.0
"""The demonstration's addresses: invented, said to be, and at the country's own towns."""

from pathlib import Path

from bavn.node.invented_addresses import STREETS, found_addresses
from bavn.runtime.addresses.register import FILE, AddressFile
from bavn.runtime.countries import built_in


def test_each_town_has_invented_streets_and_the_register_says_so(tmp_path: Path) -> None:
    country = built_in("denmark")
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    found_addresses(folders, country)
    for folder in folders:
        file = AddressFile(folder)
        told = file.register()
        assert told is not None
        assert told.is_invented
        assert told.street_count == len(STREETS) * len(country.municipalities)
        for town in country.municipalities:
            (found, *_) = file.find(f"opdigtsg 3 {town.main_town}", municipality=town.code)
            assert found.exact
            assert found.municipality == town.code
            assert abs(found.lat - town.town_lat) < 0.02
        file.close()


def test_a_register_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"somebody's own")
    found_addresses([tmp_path], built_in("denmark"))
    assert (tmp_path / FILE).read_bytes() == b"somebody's own"
