# SPDX-License-Identifier: Apache-2.0
"""What personal data is read for: a closed list, with the acts that each goes with."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from importlib.resources.abc import Traversable

from bavn.frame.country import Row
from bavn.runtime.countries import read_table

TABLE, KEEPING = "purposes", "readings_kept"


class Purpose(Row, frozen=True, kw_only=True):
    """Something to read for.

    `acts` are those whose pages read for it; a person may state one that is `stated`.
    """

    code: str
    danish: str
    english: str
    stated: bool
    acts: tuple[str, ...] = ()
    basis: str


class Keeping(Row, frozen=True, kw_only=True):
    """How long the log of readings is kept."""

    days: int
    basis: str


class Purposes:
    """The purposes of a country, and for how long readings are kept."""

    def __init__(self, all_: Sequence[Purpose], kept_days: int | None) -> None:
        self.all = tuple(all_)
        self.kept_days = kept_days
        self._of: dict[str, str] = {}

    def of(self, act: str) -> str:
        """What a page of an act reads for; the act itself where the country says nothing."""
        found = self._of.get(act)
        if found is None:
            matching = (
                each.code for each in self.all if any(fnmatchcase(act, one) for one in each.acts)
            )
            found = self._of[act] = next(matching, act)
        return found

    @property
    def to_state(self) -> Sequence[Purpose]:
        """Those that a person may state."""
        return [each for each in self.all if each.stated]

    def name(self, code: str, language: str) -> str:
        """What a purpose is called."""
        for each in self.all:
            if each.code == code:
                return each.danish if language == "da" else each.english
        return code


def purposes_of(folder: Traversable) -> Purposes:
    """The purposes in a country's folder; none where it has no such table."""
    if not (folder / f"{TABLE}.csv").is_file():
        return Purposes((), None)
    kept = read_table(folder, KEEPING, Keeping)
    return Purposes(read_table(folder, TABLE, Purpose), kept[0].days)
