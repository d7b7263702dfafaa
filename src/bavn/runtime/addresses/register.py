# SPDX-License-Identifier: Apache-2.0
"""The register as a file: looked up by the beginnings of names, and exchanged as a whole.

A table of keys leads from the folded name of a street, from each of its words on, to the street;
houses lie under their street by number. A look-up is a few ranges of two sorted tables. The file
never changes once it is in place: a new register is another file of the same name, which is seen by
its number on the disk.
"""

import math
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import apsw

from bavn.frame.addresses import FOUND_LIMIT, AddressRegister, FoundAddress
from bavn.runtime.addresses.words import Asked, meanings, plain_of
from bavn.runtime.log import log_error

FILE = "addresses.db"
# Of another number than this it is read by nobody: it is imported anew.
FORMAT = 1
MICRO = 1_000_000
Place: TypeAlias = dict[str, str | int | float | None]
# Beyond every letter that a key may have.
_END, _NEXT = "\U0010ffff", "\0"
SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE streets (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, postcode TEXT NOT NULL, town TEXT NOT NULL,
  locality TEXT NOT NULL, municipality TEXT NOT NULL, plain TEXT NOT NULL,
  town_key TEXT NOT NULL, locality_key TEXT NOT NULL, lat INTEGER, lon INTEGER,
  house_count INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE houses (
  street INTEGER NOT NULL, number INTEGER NOT NULL, letter TEXT NOT NULL,
  lat INTEGER NOT NULL, lon INTEGER NOT NULL, PRIMARY KEY (street, number, letter)
) WITHOUT ROWID;
CREATE TABLE keys (key TEXT NOT NULL, street INTEGER NOT NULL, PRIMARY KEY (key, street))
  WITHOUT ROWID;
"""
# Streets of a meaning: those of the municipality first, names as they were typed before those that
# only fold to it, whole ones before longer ones, near before far; where nothing is near, those with
# more houses. A street may come by several of its keys: whoever asks takes the first.
_STREETS = """
  FROM (SELECT key, street FROM keys WHERE key >= :key AND key < :key_end LIMIT :looked_at) k
  JOIN streets s ON s.id = k.street {houses}
  WHERE (:town = '' OR (s.town_key >= :town AND s.town_key < :town_end)
         OR (s.locality_key >= :town AND s.locality_key < :town_end))
    AND (:code = '' OR (s.postcode >= :code AND s.postcode < :code_end))
    {where}
  ORDER BY s.municipality = :municipality DESC, (s.plain >= :plain AND s.plain < :plain_end) DESC,
    length(k.key) > length(:key), {order}
    (s.lat - :lat) * (s.lat - :lat) + (s.lon - :lon) * (s.lon - :lon) * :shrunk,
    s.house_count DESC, s.name, s.postcode{further}
  LIMIT :limit
"""
_NAMES = "s.name, s.postcode, s.town, s.locality, s.municipality"
_BY_STREET = f"SELECT {_NAMES}, NULL, '', s.lat, s.lon" + _STREETS.format(
    houses="", where="AND s.lat IS NOT NULL", further="", order=""
)
_BY_HOUSE = f"SELECT {_NAMES}, h.number, h.letter, h.lat, h.lon" + _STREETS.format(
    houses="JOIN houses h ON h.street = s.id AND h.number BETWEEN :first AND :last",
    where="AND (:letter = '' OR h.letter = :letter)",
    further=", h.number, h.letter",
    order="h.letter <> :letter,",
)
# One or two letters begin a tenth of all streets: so many are looked at, in the alphabet's order,
# and nobody has to wait for the others. Whoever types on has them.
LOOKED_AT = 4_000
# A name has this many keys at most that begin alike: so many more are asked for than are wanted.
ALIKE = 3


class AddressFile:
    """The addresses of a data folder, as far as they were imported."""

    def __init__(self, data: Path) -> None:
        self._path = data / FILE
        self._lock = threading.Lock()
        self._mark: tuple[int, int, int] | None = None
        self._open: apsw.Connection | None = None
        self._register: AddressRegister | None = None

    def find(
        self,
        text: str,
        *,
        municipality: str | None = None,
        near: tuple[float, float] | None = None,
        limit: int = FOUND_LIMIT,
    ) -> Sequence[FoundAddress]:
        """The addresses that a text may mean; none where there is no register, or a broken one."""
        with self._lock:
            try:
                connection = self._connection()
                if connection is None:
                    return ()
                return _found(connection, text, municipality or "", near, limit)
            except Exception as error:  # noqa: BLE001 - a broken register must not stop an alarm
                # Whoever asks goes on with what was typed.
                log_error("addresses.not_read", error)
                return ()

    def register(self) -> AddressRegister | None:
        """Which register is in use; None where there is none that can be read."""
        with self._lock:
            try:
                self._connection()
            except Exception as error:  # noqa: BLE001 - same
                log_error("addresses.not_read", error)
                return None
            return self._register

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def _connection(self) -> apsw.Connection | None:
        mark = _mark_of(self._path)
        if mark != self._mark:
            self._let_go()
            # One that cannot be read is tried once, and again when it has been exchanged.
            self._mark = mark
            if mark is not None:
                self._open = opened(self._path)
                self._register = register_in(self._open)
        return self._open

    def _let_go(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = self._register = self._mark = None


def opened(path: Path) -> apsw.Connection:
    """A register's file, to be read: it never changes, so no lock is asked for."""
    connection = apsw.Connection(
        f"{path.resolve().as_uri()}?immutable=1",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
    )
    try:
        if connection.pragma("user_version") != FORMAT:
            raise apsw.NotADBError(f"{path.name} is of another form; import it anew")
    except apsw.Error:
        connection.close()
        raise
    return connection


def register_in(connection: apsw.Connection) -> AddressRegister:
    """What a register says of itself."""
    told = dict(connection.execute("SELECT name, value FROM about"))
    return AddressRegister(
        source=told["source"],
        as_of=told["as_of"],
        imported_at=datetime.fromisoformat(told["imported_at"]),
        house_count=int(told["house_count"]),
        street_count=int(told["street_count"]),
        is_invented=told["is_invented"] == "yes",
    )


def _mark_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _found(
    connection: apsw.Connection,
    text: str,
    municipality: str,
    near: tuple[float, float] | None,
    limit: int,
) -> list[FoundAddress]:
    asked = meanings(text)
    # Where nothing is near, all distances are unknown, and as good as each other.
    plain = plain_of(text)
    place: Place = {"municipality": municipality, "lat": None, "lon": None, "shrunk": 1.0}
    place |= {"plain": plain, "plain_end": plain + _END}
    if near is not None:
        lat, lon = near
        shrunk = math.cos(math.radians(lat)) ** 2
        place |= {"lat": round(lat * MICRO), "lon": round(lon * MICRO), "shrunk": shrunk}
    found: dict[str, FoundAddress] = {}
    for each in asked:
        for one in _of_meaning(connection, each, place, limit):
            found.setdefault(one.text, one)
        if len(found) >= limit:
            break
    if not found and any(each.number is not None for each in asked):
        for each in asked:
            if each.number is not None:
                for one in _streets(connection, each, place, limit, number_unknown=True):
                    found.setdefault(one.text, one)
    return [*found.values()][:limit]


def _of_meaning(
    connection: apsw.Connection, asked: Asked, place: Place, limit: int
) -> Iterator[FoundAddress]:
    if asked.number is None:
        yield from _streets(connection, asked, place, limit)
        return
    bounds = {**_bounds(asked, limit), **place, "letter": asked.letter}
    count = 0
    for first, last in _numbers(asked.number, goes_on=asked.number_goes_on):
        for row in connection.execute(_BY_HOUSE, {**bounds, "first": first, "last": last}):
            count += 1
            yield _address(row, exact=True)
        if count >= limit * ALIKE:
            return


def _numbers(number: int, *, goes_on: bool) -> Iterator[tuple[int, int]]:
    """Give the number, and then those that begin with it where more digits may follow."""
    yield number, number
    if goes_on:
        yield number * 10, number * 10 + 9
        yield number * 100, number * 100 + 99


def _streets(
    connection: apsw.Connection,
    asked: Asked,
    place: Place,
    limit: int,
    *,
    number_unknown: bool = False,
) -> Iterator[FoundAddress]:
    for row in connection.execute(_BY_STREET, {**_bounds(asked, limit), **place}):
        yield _address(row, exact=False, number_unknown=number_unknown)


def _bounds(asked: Asked, limit: int) -> dict[str, str | int]:
    return {
        "key": asked.street,
        # One letter beside a town is the whole name (there are such), or none that is looked for.
        "key_end": asked.street + (_NEXT if asked.town and len(asked.street) == 1 else _END),
        "town": asked.town,
        "town_end": asked.town + _END,
        "code": asked.postcode,
        "code_end": asked.postcode + _END,
        "limit": limit * ALIKE,
        "looked_at": LOOKED_AT,
    }


def _address(row: Sequence[object], *, exact: bool, number_unknown: bool = False) -> FoundAddress:
    name, postcode, town, locality, municipality, number, letter, lat, lon = row
    house = "" if number is None else f" {number}{str(letter).upper()}"
    where = f"{locality}, " if locality else ""
    assert isinstance(lat, int), "a street without houses is not asked for"
    assert isinstance(lon, int), "same"
    return FoundAddress(
        text=f"{name}{house}, {where}{postcode} {town}",
        lat=lat / MICRO,
        lon=lon / MICRO,
        municipality=str(municipality),
        exact=exact,
        number_unknown=number_unknown,
    )
