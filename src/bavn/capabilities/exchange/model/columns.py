# SPDX-License-Identifier: Apache-2.0
"""What a file may be of, which columns there are, and by which words each is known.

The words are a table of the country; without one the codes themselves are known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

# The largest file: a service's incidents of a year are some hundred kilobytes. A request takes
# a megabyte, and what is kept is a third longer.
BYTES_LIMIT = 512 * 1024
# All units of a country, twice over.
ROWS_LIMIT = 5_000
# What is longer is no name of a station or a unit; and no text that a caller said.
CELL_LIMIT, TEXT_LIMIT = 250, 4_000
# More than a person mends before sending it anew.
FAULTS_LIMIT = 2_000
# No list of ours has a third as many.
COLUMNS_LIMIT = 100
CSV, GEOJSON = "csv", "geojson"
# The kinds of words beside those of columns.
COLUMN = "column"


class What(StrEnum):
    """What a file is of."""

    STATIONS = "stations"
    UNITS = "units"
    STATUSES = "statuses"
    INCIDENTS = "incidents"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one sort of file.

    What is `shown` goes out for people to read, and is passed over when it comes in.
    """

    needed: tuple[str, ...]
    known: tuple[str, ...]
    shown: tuple[str, ...] = ()
    # May name people.
    private: frozenset[str] = frozenset()
    # Columns of other files that are these here, so that a list of units tells statuses too.
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> tuple[str, ...]:
        """Every column that may come in."""
        return (*self.needed, *self.known, *self.shown)

    @property
    def read(self) -> frozenset[str]:
        """Those that say something when they come in."""
        return frozenset((*self.needed, *self.known))


_UNIT = ("type", "callsign", "station", "crew", "capabilities")
_WHERE_UNIT = ("lat", "lon", "position_at", "last_heard_at")
OF: Mapping[What, Columns] = {
    What.STATIONS: Columns(
        needed=("id", "name", "municipality", "lat", "lon", "crewing"),
        known=("place_basis", "capabilities", "service"),
    ),
    What.UNITS: Columns(
        needed=("id", "type", "callsign", "station"),
        known=("crew", "capabilities", "service"),
        shown=("status", "status_at", "incident", *_WHERE_UNIT),
    ),
    What.STATUSES: Columns(
        needed=("unit", "status"),
        known=("incident", "at"),
        shown=(*_UNIT, "service", *_WHERE_UNIT),
        also={"id": "unit", "status_at": "at"},
    ),
    What.INCIDENTS: Columns(
        needed=(),
        known=(
            *("id", "number", "type", "urgency", "municipality", "lat", "lon", "reported_at"),
            *("state", "outcome", "closed_at", "address", "callback", "text"),
        ),
        shown=("service", "area", "place_exact", "units", "last_heard_at"),
        private=frozenset({"address", "callback", "text"}),
    ),
}


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A code with all that it is called. `kind` is `column`, or the column that it may stand in."""

    kind: str
    code: str
    danish: str
    english: str
    others: tuple[str, ...] = ()


class Words:
    """By what words columns and their values are known, in both languages at once."""

    def __init__(self, words: Iterable[Word] = ()) -> None:
        self._codes: dict[tuple[str, str], str] = {}
        self._titles: dict[tuple[str, str], tuple[str, str]] = {}
        for word in words:
            self.add(word)

    def add(self, word: Word) -> None:
        """Have a word be known; of two that are the same the first stays."""
        for each in (word.code, word.danish, word.english, *word.others):
            self._codes.setdefault((word.kind, folded(each)), word.code)
        self._titles.setdefault((word.kind, word.code), (word.danish, word.english))

    def title(self, kind: str, code: str, language: str) -> str:
        """What a code is called; the code where it has no name."""
        danish, english = self._titles.get((kind, code), (code, code))
        return danish if language == "da" else english

    def code(self, kind: str, text: str) -> str:
        """The code that a text stands for; the text itself where it is none that is known."""
        return self._codes.get((kind, folded(text)), text)

    def column(self, what: What, heading: str) -> str | None:
        """The column that a heading names in a sort of file; None for none."""
        columns = OF[what]
        code = self.code(COLUMN, heading)
        code = columns.also.get(code, code)
        return code if code in columns.all else None


def folded(text: str) -> str:
    """A text without what people write differently.

    >>> folded(" Melding  Kl."), folded("status_at")
    ('melding kl', 'status at')
    """
    plain = "".join(each if each.isalnum() else " " for each in text.casefold())
    return " ".join(plain.split())
