# SPDX-License-Identifier: Apache-2.0
"""A small register of invented addresses, so that a demonstration can be tried.

The towns are the country's; every street is invented, and so are the postcodes (the municipality's
own number). The register says of itself that it is.
"""

import csv
import math
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bavn.frame.country import Country
from bavn.runtime import clock
from bavn.runtime.addresses.importing import Importer, Source
from bavn.runtime.addresses.register import FILE

# No street in the country has such a name, as far as we know; each has a letter to spell.
STREETS = (
    "Opdigtsgade",
    "Påfundsvej",
    "Skrønestræde",
    "Ærtehalmsallé",
    "Nørre Opspindsgade",
    "Sdr. Opspindsgade",
    "H.C. Ingensteds Vej",
    "Søluftskasteller",
)
HOUSES_COUNT = 16
HEADING = ("street", "number", "letter", "postcode", "town", "municipality", "lat", "lon")
FIRST_M, HOUSE_M, LETTER_EVERY = 150.0, 22.0, 6
DEGREE_M = 111_000.0


def found_addresses(folders: Sequence[Path], country: Country) -> None:
    """Give each data folder that has none the invented register."""
    lacking = [folder for folder in folders if not (folder / FILE).exists()]
    if not lacking:
        return
    first, *others = lacking
    codes = frozenset(each.code for each in country.municipalities)
    importer = Importer(first, codes, country.bounds, lambda _done, _of: None)
    with tempfile.TemporaryDirectory(prefix="bavn-addresses-") as place:
        path = Path(place) / "invented.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADING)
            out.writerows(_rows(country))
        source = Source(file=path, name="Bavn", as_of="", columns={}, is_invented=True)
        importer.run(source, clock.now(), without_faulty=True)
    for folder in others:
        shutil.copy(first / FILE, folder / FILE)


def _rows(country: Country) -> Iterator[tuple[str, ...]]:
    for town in country.municipalities:
        east_m = DEGREE_M * math.cos(math.radians(town.town_lat))
        for at, street in enumerate(STREETS):
            angle = 2 * math.pi * at / len(STREETS)
            for number in range(1, HOUSES_COUNT + 1):
                away_m = FIRST_M + HOUSE_M * number
                yield (
                    street,
                    str(number),
                    "B" if number % LETTER_EVERY == 0 else "",
                    town.code,
                    town.main_town,
                    town.code,
                    f"{town.town_lat + away_m * math.sin(angle) / DEGREE_M:.6f}",
                    f"{town.town_lon + away_m * math.cos(angle) / east_m:.6f}",
                )
