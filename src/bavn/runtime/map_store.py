# SPDX-License-Identifier: Apache-2.0
"""Imported borders in a data folder: put in place whole, put aside, and put back.

The drawn map is what counts; it names the file with the exact areas, which is on disk before it. So
a reader sees the old pair or the new one, also when the power goes in between.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import shapely

from bavn.codecs.geojson_polygons import NotPolygons
from bavn.engines.utm import Zone
from bavn.runtime.erasures import sync_folder
from bavn.runtime.folder import make_folder, write_whole
from bavn.runtime.halt import halt
from bavn.runtime.map_files import MUNICIPALITIES, Layer, layer_of, maps_folder, rounded
from bavn.runtime.map_import import Borders
from bavn.runtime.maps import Exact

# As many decimals as it takes that rounding makes no borders cross: from 1 m to 1 cm.
DECIMALS = (5, 6, 7)
# A line on the map. A browser shows it among other words, and some show it as markup.
CREDIT_LIMIT = 200
MARKUP = frozenset("<>&\"'`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Whose borders these are, as the map must say."""

    source: str
    licence: str
    # A day, or a month such as 2026-09, as the file's maker states it.
    on: str | None = None

    def __post_init__(self) -> None:
        for name, text in (("source", self.source), ("licence", self.licence)):
            if not (0 < len(text) <= CREDIT_LIMIT and text.isprintable()) or MARKUP & set(text):
                raise halt(
                    "map_credit",
                    f"The {name} is empty, longer than {CREDIT_LIMIT} signs, or has markup in it.",
                    f"Give --{name} one line of plain text.",
                    option=name,
                    limit=CREDIT_LIMIT,
                )
        if self.on is not None and not _is_date(self.on):
            raise halt(
                "map_date",
                f"{self.on} is no date.",
                "Give --date a day such as 2026-09-30, or a month such as 2026-09.",
                date=self.on,
            )


@dataclass(frozen=True, slots=True)
class Kept:
    """What an import left: the map as it is drawn, and where the one before it is."""

    layer: Layer
    former: Path | None


def put(data: Path, borders: Borders, credit: Credit, of: Path, at: datetime) -> Kept:
    """Put the borders in place. When this returns, the disk has them; the former are kept."""
    folder = maps_folder(data)
    make_folder(folder)
    exact = msgspec.msgpack.encode(
        Exact(
            zone=borders.rules.zone,
            areas={
                code: shapely.to_wkb(shape)
                for code, shape in borders.shapes.items()
                if code not in {each.code for each in borders.rules.beside}
            },
        )
    )
    sha256 = hashlib.sha256(exact).hexdigest()
    name = f"municipalities-{sha256[:16]}.msgpack"
    metadata = _metadata(borders, credit, of, at) | {"exact": {"file": name, "sha256": sha256}}
    layer = _drawn(borders, metadata)
    write_whole(folder / name, exact)
    former = put_aside(data, at)
    write_whole(folder / MUNICIPALITIES, layer.raw)
    return Kept(layer, former)


def current(data: Path) -> Layer | None:
    """The imported map; None when there is none; halts when it cannot be read."""
    path = maps_folder(data) / MUNICIPALITIES
    if not path.exists():
        return None
    layer = Layer(path.read_bytes())
    try:
        layer.metadata  # noqa: B018 - reading it is the check
    except NotPolygons as error:
        raise halt(
            "map_damaged",
            f"{path} cannot be read: {error}.",
            "Import the borders again; until then the built-in map is used.",
            path=path,
            fault=error,
        ) from error
    return layer


def put_aside(data: Path, at: datetime) -> Path | None:
    """Keep a copy of the imported map; where it is, or None when there was none."""
    path = maps_folder(data) / MUNICIPALITIES
    if not path.exists():
        return None
    make_folder(path.parent / "former")
    count = 0
    while True:
        again = f"-{count}" if count else ""
        target = path.parent / "former" / f"municipalities-{at:%Y%m%dT%H%M%SZ}{again}.json"
        if not target.exists():
            write_whole(target, path.read_bytes())
            return target
        count += 1


def remove(data: Path, at: datetime) -> Path | None:
    """Take the imported map out of use; where it is kept, or None when there was none."""
    former = put_aside(data, at)
    path = maps_folder(data) / MUNICIPALITIES
    if former is not None:
        path.unlink()
        sync_folder(path.parent)
    return former


def put_back(data: Path, at: datetime) -> Layer | None:
    """Put the latest of what was put aside in use again; None when there is nothing."""
    folder = maps_folder(data)
    kept = sorted((folder / "former").glob("municipalities-*.json"), key=_age)
    if not kept:
        return None
    layer = Layer(kept[-1].read_bytes())
    put_aside(data, at)
    write_whole(folder / MUNICIPALITIES, layer.raw)
    kept[-1].unlink()
    sync_folder(folder / "former")
    return layer


def _age(path: Path) -> tuple[int, str]:
    return (path.stat().st_mtime_ns, path.name)


def _metadata(borders: Borders, credit: Credit, of: Path, at: datetime) -> dict[str, Any]:
    return {
        "source": credit.source,
        "licence": credit.licence,
        "attribution": f"{credit.source}, {credit.on}" if credit.on else credit.source,
        "date": credit.on,
        "file": of.name,
        "imported_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "approximate": False,
        "accuracy_m": borders.rules.simplify_m,
    }


def _drawn(borders: Borders, metadata: dict[str, Any]) -> Layer:
    """The borders simplified for drawing, still shared by neighbours once they are rounded."""
    zone = Zone(borders.rules.zone)
    simple = shapely.coverage_simplify([*borders.shapes.values()], borders.rules.simplify_m)
    degrees = [shapely.transform(shape, zone.to_degrees) for shape in simple]
    beside = {each.code for each in borders.rules.beside}
    for decimals in DECIMALS:
        written = [rounded(shape, decimals) for shape in degrees]
        if shapely.is_valid(written).all() and shapely.coverage_is_valid(written):
            break
    else:
        raise halt(
            "map_drawing",
            "The borders cannot be simplified without crossing each other.",
            "Take them at a coarser scale, such as 1:250 000.",
        )
    features = (
        (
            {
                "code": code,
                "name": borders.names[code],
                "approximate": False,
                "municipality": code not in beside,
            },
            shape,
        )
        for code, shape in zip(borders.shapes, written, strict=True)
    )
    return layer_of(features, metadata, decimals)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(f"{text}-01" if len(text) == len("2026-09") else text)
    except ValueError:
        return False
    return True
