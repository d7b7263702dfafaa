# SPDX-License-Identifier: Apache-2.0
"""Looking addresses up while somebody types: `python -m bench addresses`.

500,000 invented houses, imported as a list is; then what people type, a few letters at a time. The
peer is SQLite by itself in the same run: one flat table of the same houses and `LIKE`, which knows
no spellings and finds only what is written as it stands.
"""

import csv
import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw

from bavn.runtime import clock
from bavn.runtime.addresses.importing import Importer, Source
from bavn.runtime.addresses.register import FILE, AddressFile
from bavn.runtime.countries import built_in
from bench.measure import folder, seconds

HOUSES, PER_STREET = 500_000, 25
QUERIES, PEER_QUERIES, ROUNDS = 2_000, 12, 5
LIMIT = 8
SEED = 20261121
SPELT_OTHERWISE, KNOWN_SHARE = 0.5, 0.01
HEADING = ("street", "number", "postcode", "town", "municipality", "lat", "lon")
FIRST = "Nørre Sønder Øster Vester Skole Kirke Mølle Birke Åbrink Ærø Søen Lærke Hav"
MIDDLE = "bakke mose holm lund kilde toft høj dal brink sø skov eng kær ager vang bro"
LAST = "gade vej allé stræde boulevard parken vænget svinget"


def rows(chance: random.Random) -> Iterator[tuple[str, ...]]:
    """Invented streets in the country's towns."""
    towns = built_in("denmark").municipalities
    names = [
        "".join(each)
        for each in itertools.product(FIRST.split(), ["", *MIDDLE.split()], LAST.split())
    ]
    for at in range(HOUSES // PER_STREET):
        town = towns[at % len(towns)]
        name = names[(at // len(towns) * 7 + at) % len(names)]
        lat = town.town_lat + chance.gauss(0, 0.02)
        lon = town.town_lon + chance.gauss(0, 0.03)
        postcode = f"{1000 + (int(town.code) * 9 + at // 500) % 8990}"
        for number in range(1, PER_STREET + 1):
            place = f"{lat + number / 1e4:.6f}", f"{lon:.6f}"
            yield (name, str(number), postcode, town.main_town, town.code, *place)


def typed(chance: random.Random, known: list[tuple[str, str, str]]) -> str:
    """What somebody has typed of an address by now, in one of the ways that people spell."""
    street, number, town = chance.choice(known)
    whole = chance.choice(
        [f"{street} {number}, {town}", f"{street} {number} {town}", f"{number} {street} {town}"]
    )
    if chance.random() < SPELT_OTHERWISE:
        whole = whole.replace("ø", "oe").replace("å", "aa").replace("æ", "ae")
    return whole[: chance.randint(3, len(whole))]


def main() -> None:
    """Measure and print."""
    print("\naddresses: looked up while somebody types")
    chance = random.Random(SEED)
    with folder() as place:
        path = place / "list.csv"
        known: list[tuple[str, str, str]] = []
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADING)
            for row in rows(chance):
                out.writerow(row)
                if chance.random() < KNOWN_SHARE:
                    known.append((row[0], row[1], row[3]))
        _import(place, path)
        _look_up(place, chance, known)


def _import(place: Path, path: Path) -> None:
    country = built_in("denmark")
    codes = frozenset(each.code for each in country.municipalities)
    importer = Importer(place, codes, country.bounds, lambda _done, _of: None)
    source = Source(file=path, name="invented", as_of="", columns={})
    took_s = seconds(lambda: importer.run(source, clock.now(), without_faulty=False))
    told = AddressFile(place).register()
    assert told is not None
    size_mb = (place / FILE).stat().st_size / 1e6
    print(
        f"  imported {told.house_count:,} houses on {told.street_count:,} streets in"
        f" {took_s:.0f} s ({told.house_count / took_s:,.0f}/s), {size_mb:.0f} MB"
    )


def _look_up(place: Path, chance: random.Random, known: list[tuple[str, str, str]]) -> None:
    file, flat = AddressFile(place), _flat(place)
    near = (57.05, 9.92)

    def like(text: str) -> None:
        pattern = f"%{text.replace(',', '').replace(' ', '%')}%"
        list(flat.execute("SELECT whole FROM flat WHERE whole LIKE ? LIMIT ?", (pattern, LIMIT)))

    ratios, ours, p99s = [], [], []
    for _ in range(ROUNDS):
        asked = [typed(chance, known) for _ in range(QUERIES)]
        costs = _costs(lambda text: file.find(text, near=near, limit=LIMIT), asked)
        peers = _costs(like, [typed(chance, known) for _ in range(PEER_QUERIES)])
        ours.append(QUERIES / sum(costs))
        p99s.append(sorted(costs)[len(costs) * 99 // 100] * 1000)
        ratios.append(statistics.fmean(peers) / statistics.fmean(costs))
    # A whole address, as it is chosen, is found each time.
    wrong = [each for each in known[:500] if not _is_found(file, each)]
    assert not wrong, wrong[:3]
    print(
        f"  {statistics.median(ours):>9,.0f} look-ups/s ({min(ours):,.0f} to {max(ours):,.0f}),"
        f" p99 {statistics.median(p99s):.1f} ms ({min(p99s):.1f} to {max(p99s):.1f})"
    )
    print(
        f"  ratio to SQLite's LIKE over one table: {statistics.median(ratios):,.0f}"
        f" ({min(ratios):,.0f} to {max(ratios):,.0f}); aim: 20"
    )
    file.close()


def _costs(look: Callable[[str], object], asked: list[str]) -> list[float]:
    costs = []
    for text in asked:
        began = time.perf_counter()
        look(text)
        costs.append(time.perf_counter() - began)
    return costs


def _is_found(file: AddressFile, known: tuple[str, str, str]) -> bool:
    street, number, town = known
    found = file.find(f"{street} {number}, {town}", limit=LIMIT)
    return any(each.text.startswith(f"{street} {number},") for each in found)


def _flat(place: Path) -> apsw.Connection:
    flat = apsw.Connection(str(place / "flat.db"))
    flat.execute(f"ATTACH '{place / FILE}' AS known")
    flat.execute(
        "CREATE TABLE flat AS SELECT s.name || ' ' || h.number || h.letter || ' ' || s.postcode"
        " || ' ' || s.town AS whole FROM known.houses h JOIN known.streets s ON s.id = h.street"
    )
    return flat
