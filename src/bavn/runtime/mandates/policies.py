# SPDX-License-Identifier: Apache-2.0
"""Which policies hold at a node: its own where it has some that are without fault, else others.

A faulty set is refused and the one before holds on. At a start that is the last of the node's own
that held; where there was none, or that cannot be read by this program, the country's. Nothing here
is asked for an alarm: the gate has its policies in memory, and takes others whole.

Runbook, when `policies.refused` stands in the log, or `bavn doctor` says so: the node's own
policies have a fault and are not followed; those that held before hold on, and all work goes on by
them. `bavn mandates check DATA/mandates` names every fault. Mend the files, or put the earlier set
back with `bavn mandates back`; a server that runs takes either by itself within some seconds.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.log import log
from bavn.runtime.mandates.apart import book_apart
from bavn.runtime.mandates.book import Book
from bavn.runtime.mandates.shelf import Log, ReadWith, Shelf, Taking, Wrong, wrong_of

# What could not be read for a while, as on a disk that is away, is tried again.
AGAIN = timedelta(minutes=5)
Read = Callable[[Mapping[str, str], Iterable[str], Iterable[str]], Book]


class CountrySet(msgspec.Struct, frozen=True, kw_only=True):
    """The policies that come with the program, and the acts that it knows."""

    book: Book
    texts: Mapping[str, str]
    read_with: ReadWith


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A set without fault, and whether it is the node's own."""

    book: Book
    is_own: bool
    texts: Mapping[str, str]


class Policies:
    """Which set holds at a node, since when, and what is wrong with the one that does not."""

    def __init__(
        self, shelf: Shelf, country: CountrySet, now: datetime, read: Read = book_apart
    ) -> None:
        self.shelf = shelf
        self._read = read
        self._country = country
        # A command and the look that goes on by itself; each reads, checks and puts down whole.
        self._one = threading.Lock()
        self.wrong: Wrong | None = None
        self._seen: object = None
        self._pending: object = None
        with self._one:
            self._recover()
            self.holds = self._first(now)
            self.since = self._put_down(self.holds, now)

    @property
    def mark(self) -> str:
        """The mark of the set that holds."""
        return self.holds.book.mark

    def look(self, now: datetime) -> Found | None:
        """Another set that is to hold from now on; None where nothing has changed.

        What has just changed is looked at twice: somebody may still be writing. Takes seconds.
        """
        with self._one:
            seen = self.shelf.seen()
            if seen == self._seen and not self._is_due(now):
                return None
            if seen != self._pending:
                self._pending = seen
                return None
            self._seen = seen
            try:
                found = self._lying()
            except BadInput as bad:
                self._refuse(bad, now)
                return None
            if found.book.mark == self.mark:
                self._mended(now)
                return None
            return found

    def use(self, texts: Mapping[str, str] | None, now: datetime) -> Found | None:
        """Have a set lie there that is checked first; None for the country's own. BadInput else.

        None is answered where it holds already.
        """
        with self._one:
            found = self._country_found() if texts is None else self._checked(texts)
            self._recover()
            self.shelf.place(None if texts is None else found.texts)
            self._seen = self.shelf.seen()
            if found.book.mark == self.mark and found.is_own == self.holds.is_own:
                self._mended(now)
                return None
            return found

    def before(self) -> Mapping[str, str] | None:
        """The files of the set that held before; None for the country's. Raises BadInput."""
        takings = self.shelf.log().takings
        earlier = next((each for each in reversed(takings) if each.mark != self.mark), None)
        if earlier is None:
            says = "No other policies have held here."
            raise BadInput(Problem(where="policies", says=says))
        return self.shelf.kept(earlier.mark)[0] if earlier.is_own else None

    def took(self, found: Found, now: datetime) -> None:
        """Put down that this set holds."""
        with self._one:
            self.wrong = None
            self.holds = found
            self.since = self._put_down(found, now)

    def _first(self, now: datetime) -> Found:
        self._seen = self.shelf.seen()
        try:
            return self._lying()
        except BadInput as bad:
            self._refuse(bad, now)
        takings = self.shelf.log().takings
        if not takings or not takings[-1].is_own:
            return self._country_found()
        try:
            return self._checked(self.shelf.kept(takings[-1].mark)[0])
        except BadInput as bad:
            log("policies.kept_unreadable", mark=takings[-1].mark, count=len(bad.problems))
            return self._country_found()

    def refuse(self, bad: BadInput, now: datetime) -> None:
        """Put down what is wrong with the set that lies there; those that hold, hold on."""
        with self._one:
            self._refuse(bad, now)

    def _lying(self) -> Found:
        texts = self.shelf.texts()
        return self._country_found() if texts is None else self._checked(texts)

    def _checked(self, texts: Mapping[str, str]) -> Found:
        read_with = self._country.read_with
        book = self._read(texts, read_with.acts, read_with.alarms)
        check_laws(book, self._country.book)
        return Found(book=book, is_own=True, texts=texts)

    def _country_found(self) -> Found:
        return Found(book=self._country.book, is_own=False, texts=self._country.texts)

    def _recover(self) -> None:
        try:
            self.shelf.recover()
        except OSError as error:
            log("policies.not_recovered", says=type(error).__name__)

    def _is_due(self, now: datetime) -> bool:
        return self.wrong is not None and now - self.wrong.at >= AGAIN

    def _refuse(self, bad: BadInput, now: datetime) -> None:
        self.wrong = wrong_of(bad.problems, now)
        log("policies.refused", count=self.wrong.count, first=self.wrong.problems[0][0])
        self._write(msgspec.structs.replace(self.shelf.log(), wrong=self.wrong))

    def _mended(self, now: datetime) -> None:
        if self.wrong is not None:
            self.wrong = None
            log("policies.mended", mark=self.mark)
            self._put_down(self.holds, now)

    def _put_down(self, found: Found, now: datetime) -> datetime:
        """Keep the set and the instant; since when it holds."""
        told = self.shelf.log()
        takings = told.takings
        last = takings[-1] if takings else None
        if last is None or (last.mark, last.is_own) != (found.book.mark, found.is_own):
            last = Taking(mark=found.book.mark, is_own=found.is_own, at=now)
            takings = (*takings, last)
            log("policies.taken", mark=last.mark, own=last.is_own)
        new = Log(takings=takings, wrong=self.wrong)
        try:
            self.shelf.keep(found.book, found.texts, self._country.read_with)
        except OSError as error:
            log("policies.not_kept", says=type(error).__name__)
        if new != told:
            self._write(new)
        return last.at

    def _write(self, new: Log) -> None:
        try:
            self.shelf.write_log(new)
        except OSError as error:
            # A full disk is told of elsewhere; which policies hold does not hang on it.
            log("policies.not_put_down", says=type(error).__name__)


def check_laws(book: Book, country: Book) -> None:
    """A node does not say which law is in force: nobody gets a mandate by a mere proposal."""
    missing = {each.code for each in country.law_sets} - {each.code for each in book.law_sets}
    in_force = country.in_force().code
    if missing:
        says = f"Lacks the law sets {', '.join(sorted(missing))}: take them from the country's."
    elif book.in_force().code != in_force:
        says = f"The law in force is {in_force}: a node does not change which one is."
    else:
        return
    raise BadInput(Problem(where="law_sets.csv", says=says))
