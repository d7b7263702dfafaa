# SPDX-License-Identifier: Apache-2.0
"""Reading the areas out of a GeoPackage on disk, without changing it or trusting it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from bavn.codecs import geopackage, wkb_polygons
from bavn.codecs.geojson_polygons import Feature
from bavn.codecs.geopackage import NotGeoPackage
from bavn.codecs.wkb_polygons import NotPolygons
from bavn.runtime.halt import Halt, halt
from bavn.runtime.map_files import plain

# A country has a few thousand parts; a file with more is of something else.
ROWS_LIMIT = 50_000
# Together, as the file may hold at most: a view can make more of it than it holds.
GEOMETRY_BYTES_LIMIT = 512 * 1024 * 1024
# So many layers are named when one has to be chosen.
LAYERS_NAMED_LIMIT = 30
# A view in the file may ask for endless work: so many times so many steps of SQLite, some seconds.
STEPS, STEPS_LIMIT = 100_000, 2_000


class Table(NamedTuple):
    """A table with areas: its name, the column they stand in, and their reference system."""

    name: str
    column: str
    system: int


def read_geopackage(
    path: Path, fields: tuple[str, ...], preferred: tuple[str, ...], layer: str | None
) -> tuple[list[Feature], str]:
    """The areas with those of the fields that the file has, and their reference system's name.

    Halts when it is no whole GeoPackage, or when it holds several layers and none is preferred.
    """
    try:
        with _opened(path) as connection:
            table = _chosen(_tables(connection), preferred, layer)
            return _features(connection, table, fields), _system(connection, table.system)
    except (apsw.Error, NotGeoPackage, NotPolygons, UnicodeError) as error:
        raise halt(
            "map_unreadable",
            f"{path.name} cannot be read as a GeoPackage: {plain(error)}.",
            "Fetch the file again, or make a new one from it in a mapping program.",
            file=path.name,
            fault=plain(error),
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[apsw.Connection]:
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise halt(
            "map_open_elsewhere",
            f"{path.name} is open in another program, which has not written all of it.",
            "Close it there, and give the command again.",
            file=path.name,
        )
    # Immutable: SQLite then makes no files beside it, and the medium may be read-only.
    address = f"{path.resolve().as_uri()}?immutable=1"
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(address, flags=flags)
    try:
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        connection.execute("PRAGMA mmap_size = 0").fetchall()
        left = iter(range(STEPS_LIMIT))
        connection.set_progress_handler(lambda: next(left, None) is None, STEPS)
        yield connection
    finally:
        connection.close()


def _tables(connection: apsw.Connection) -> list[Table]:
    rows = connection.execute(
        "SELECT c.table_name, g.column_name, CAST(g.srs_id AS INTEGER) FROM gpkg_contents AS c"
        " JOIN gpkg_geometry_columns AS g ON g.table_name = c.table_name"
        " WHERE c.data_type = 'features' ORDER BY c.table_name LIMIT ?",
        (ROWS_LIMIT,),
    )
    return [Table(str(name), str(column), system or 0) for name, column, system in rows]


def _chosen(tables: list[Table], preferred: tuple[str, ...], layer: str | None) -> Table:
    if layer is not None:
        found = [table for table in tables if table.name == layer]
    elif len(tables) == 1:
        found = tables
    else:
        by_name = {table.name.lower(): table for table in tables}
        found = [by_name[name] for name in preferred if name in by_name][:1]
    if len(found) == 1:
        return found[0]
    names = ", ".join(plain(table.name) for table in tables[:LAYERS_NAMED_LIMIT]) or "-"
    raise halt(
        "map_layer",
        f"Which layer holds the municipalities? The file has: {names}.",
        "Give its name with --layer.",
        layers=names,
    )


def _features(connection: apsw.Connection, table: Table, fields: tuple[str, ...]) -> list[Feature]:
    sql = "SELECT name FROM pragma_table_info(?)"
    names = [str(name) for (name,) in connection.execute(sql, (table.name,))]
    wanted = [name for name in names if name.lower() in fields]
    columns = ", ".join(map(_quoted, [table.column, *wanted]))
    rows = connection.execute(f"SELECT {columns} FROM {_quoted(table.name)}")  # noqa: S608 - quoted
    found: list[Feature] = []
    left = GEOMETRY_BYTES_LIMIT
    for blob, *values in rows:
        left -= len(blob) if isinstance(blob, bytes) else 0
        if len(found) >= ROWS_LIMIT or left < 0:
            raise _too_many()
        found.append(Feature(dict(zip(wanted, values, strict=True)), _polygons(blob, table)))
    return found


def _polygons(blob: Any, table: Table) -> list[list[Any]]:
    if not isinstance(blob, bytes):
        raise NotGeoPackage("a row has no geometry")
    found = geopackage.geometry(blob)
    if found.system != table.system:
        raise NotGeoPackage(
            f"a geometry is in the reference system {found.system}, its table in {table.system}"
        )
    return [list(rings) for rings in wkb_polygons.polygons(found.binary)]


def _system(connection: apsw.Connection, number: int) -> str:
    sql = "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?"
    row = connection.execute(sql, (number,)).fetchone()
    return "?" if row is None else f"{str(row[0]).upper()}:{row[1]}"


def _too_many() -> Halt:
    return halt(
        "map_too_many",
        f"The layer has more than {ROWS_LIMIT} areas.",
        "Give a layer of municipalities with --layer.",
        limit=ROWS_LIMIT,
    )


def _quoted(name: str) -> str:
    # The names come from the file: a quote in one is doubled, as SQL has it.
    return '"' + name.replace('"', '""') + '"'
