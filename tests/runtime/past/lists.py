# SPDX-License-Identifier: Apache-2.0
"""Lists of invented turn-outs, a map of their columns, and histories made of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import apsw

from bavn.runtime.countries import built_in
from bavn.runtime.past.columns import read_map
from bavn.runtime.past.importing import Imported, Importer, Source
from bavn.runtime.past.rows import Fault
from bavn.runtime.past.store import FILE

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
HEADING = (
    *("Nr", "Alarm", "Type", "Beredskab", "Kommune", "Bemærkning", "Bredde", "Længde"),
    *("Resultat", "Station", "Biler", "Afgang", "Kørsel", "Respons"),
)
MAP = """
durations = "minutes"
[columns]
number = "Nr"
at = "Alarm"
type = "Type"
service = "Beredskab"
municipality = "Kommune"
lat = "Bredde"
lon = "Længde"
outcome = "Resultat"
station = "Station"
vehicles = "Biler"
turnout_s = "Afgang"
drive_s = "Kørsel"
response_s = "Respons"
[types]
"Brandalarm ABA" = "BR-ABA"
[outcomes]
"Reel udrykning" = "real"
[services]
"Nord" = "njb"
"""
# What stands in the column that no map names.
CANARY = "Kanarie Kanariesen, Opdigtsgade 1"


def row(number: int, **other: str) -> tuple[str, ...]:
    cells = {
        "Nr": f"R{number}",
        "Alarm": f"{number % 28 + 1:02}-05-2024 14:{number % 60:02}",
        "Type": "Brandalarm ABA",
        "Beredskab": "Nord",
        "Kommune": "Aalborg",
        "Bemærkning": CANARY,
        "Bredde": "57,0488",
        "Længde": "9,9217",
        "Resultat": "Reel udrykning",
        "Station": "Øst",
        "Biler": "2",
        "Afgang": "1,5",
        "Kørsel": "04:30",
        "Respons": "6",
    }
    return tuple((cells | other).values())


def written(
    path: Path, rows: Iterable[Sequence[str]], *, between: str = ";", encoding: str = "utf-8"
) -> Path:
    lines = [HEADING, *rows]
    text = "\r\n".join(between.join(f'"{cell}"' for cell in each) for each in lines)
    path.write_bytes(text.encode(encoding))
    return path


def mapped(folder: Path, text: str = MAP) -> Path:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def imported(
    place: Path, file: Path, *, told: str = MAP, preview: bool = False, name: str = "list"
) -> Imported:
    country = built_in("denmark")
    source = Source(file=file, name=name, told=read_map(mapped(file.parent, told), country))
    return Importer(place, country).run(source, NOW, say, lambda *_: None, preview=preview)


def say(fault: Fault) -> str:
    return f"{fault.row} {fault.column} {fault.code}"


def kept(place: Path, columns: str = "*") -> list[tuple[object, ...]]:
    """What is in a history, but for which import brought it."""
    if not (place / FILE).exists():
        return []
    if columns == "*":
        columns = (
            "key, content, at, hour, service, type, municipality, east_km, north_km, outcome,"
            " station, vehicles, turnout_s, drive_s, response_s"
        )
    connection = apsw.Connection(str(place / FILE), flags=apsw.SQLITE_OPEN_READONLY)
    found = list(connection.execute(f"SELECT {columns} FROM turnouts ORDER BY key"))  # noqa: S608 - ours
    connection.close()
    return found
