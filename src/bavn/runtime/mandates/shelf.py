# SPDX-License-Identifier: Apache-2.0
"""A node's own policies on its disk: those that are to hold, and all that ever held.

DATA/mandates                 the node's own, as the country's folder has them; none: the country's
DATA/mandates.new             a whole set on its way in; whoever comes next finishes that
DATA/mandates.old             the set that it takes the place of, for a moment
DATA/mandates.kept/MARK       each set that held, as it was, with the acts that it was read with
DATA/mandates.kept/holds.json which held from when, and what is wrong with the one that was refused

What was kept is never thrown away: a fact that is years old names policies that stand there.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.erasures import sync_folder
from bavn.runtime.folder import make_folder, write_whole
from bavn.runtime.mandates.book import Book
from bavn.runtime.mandates.files import is_of_a_set, texts_in

OWN, NEW, OLD, PART, KEPT = (
    "mandates",
    "mandates.new",
    "mandates.old",
    "mandates.part",
    "mandates.kept",
)
LOG, READ_WITH = "holds.json", "read_with.json"
# What is on a page and in the log of a refused set; the command names all.
PROBLEMS_SHOWN = 20


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """From when a set held, and whether it was the node's own or the country's."""

    mark: str
    is_own: bool
    at: datetime


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with the set that lies there and was refused."""

    at: datetime
    count: int
    # Where, and what; the first ones.
    problems: tuple[tuple[str, str], ...]


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """What held, the newest last."""

    takings: tuple[Taking, ...] = ()
    wrong: Wrong | None = None


class ReadWith(msgspec.Struct, frozen=True):
    """The acts that the program knew when it read a set, and what its policies stood on."""

    acts: tuple[str, ...]
    alarms: tuple[str, ...]
    grounds: dict[str, str] = {}


class Shelf:
    """The places of a node's own policies in its data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.own = data / OWN
        self._kept = data / KEPT

    # What is to hold

    def seen(self) -> object:
        """What can be seen of the node's own from outside: the same means that nobody changed it.

        Never raises; what cannot be looked at looks like nothing else does.
        """
        try:
            if not os.path.lexists(self.own):
                return None
            files = sorted((each.name, *_look(each)) for each in self.own.iterdir())
            return (*_look(self.own), *files)
        except OSError as error:
            return str(error)

    def texts(self) -> dict[str, str] | None:
        """The node's own as they lie there; None where it has none. Raises BadInput."""
        return texts_in(self.own) if os.path.lexists(self.own) else None

    def place(self, texts: Mapping[str, str] | None) -> None:
        """Have these lie there, all or nothing; None gives them up."""
        if texts is None:
            _away(self._data / NEW)
            self._make_room()
            _away(self._data / OLD)
        else:
            _away(self._data / PART)
            write_set(self._data / PART, texts)
            _away(self._data / NEW)
            (self._data / PART).rename(self._data / NEW)
            self._finish()
        sync_folder(self._data)

    def recover(self) -> None:
        """Finish what somebody was placing when he was interrupted."""
        if (self._data / NEW).is_dir():
            self._finish()

    def _finish(self) -> None:
        self._make_room()
        (self._data / NEW).rename(self.own)
        _away(self._data / OLD)

    def _make_room(self) -> None:
        _away(self._data / OLD)
        if os.path.lexists(self.own):
            self.own.rename(self._data / OLD)

    # What held

    def keep(self, book: Book, texts: Mapping[str, str], read_with: ReadWith) -> None:
        """Keep a set under its mark; one that is there stays as it is."""
        place = self._kept / book.mark
        if (place / READ_WITH).exists():
            return
        grounds = {each.id: each.ground for each in book.policies}
        read_with = msgspec.structs.replace(read_with, grounds=grounds)
        make_folder(self._kept)
        write_set(place, texts)
        # Last: whoever finds it finds all.
        write_whole(place / READ_WITH, msgspec.json.encode(read_with))

    def kept(self, mark: str) -> tuple[dict[str, str], ReadWith]:
        """The files of a set that held once, by its mark, and the acts that it was read with.

        Raises BadInput where there is no such set.
        """
        place = self._kept / mark
        try:
            raw = (place / READ_WITH).read_bytes() if mark.isalnum() else b""
            read_with = msgspec.json.decode(raw, type=ReadWith)
        except (OSError, msgspec.MsgspecError) as error:
            says = f"No set of policies with the mark {mark} is kept here."
            raise BadInput(Problem(where=mark, says=says)) from error
        return texts_in(place), read_with

    def grounds(self) -> dict[str, str]:
        """What policies stand on that ever held here, by their ids; the latest where two differ."""
        found: dict[str, str] = {}
        for taking in self.log().takings:
            try:
                raw = (self._kept / taking.mark / READ_WITH).read_bytes()
                found.update(msgspec.json.decode(raw, type=ReadWith).grounds)
            except (OSError, msgspec.MsgspecError):
                continue
        return found

    def log(self) -> Log:
        """What held; nothing where nobody has written it, or it cannot be read."""
        try:
            return msgspec.json.decode((self._kept / LOG).read_bytes(), type=Log)
        except (OSError, msgspec.MsgspecError):
            return Log()

    def write_log(self, log: Log) -> None:
        """Put down what held."""
        make_folder(self._kept)
        write_whole(self._kept / LOG, msgspec.json.format(msgspec.json.encode(log)))


def write_set(place: Path, texts: Mapping[str, str]) -> None:
    """Write the files of a set into a folder."""
    make_folder(place)
    for name, text in texts.items():
        assert is_of_a_set(name), "who has read them has looked"
        write_whole(place / name, text.encode())


def wrong_of(problems: Iterable[Problem], at: datetime) -> Wrong:
    """What is wrong, as it is put down."""
    found = [(each.where, each.says) for each in problems]
    return Wrong(at=at, count=len(found), problems=tuple(found[:PROBLEMS_SHOWN]))


def _look(path: Path) -> tuple[int, int, int, int]:
    found = path.stat() if path.exists() else path.lstat()
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino


def _away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
