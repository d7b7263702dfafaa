# SPDX-License-Identifier: Apache-2.0
"""The policies of a node: which hold when it begins, and how others are taken while it runs.

Which set holds from when is told by the node itself, before the first thing that it decides by it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from bavn.capabilities.mandates.decisions.policies import TakePolicies
from bavn.frame.country import Country
from bavn.journal.decision import Done, Request
from bavn.journal.journal import Journal
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import BadInput, Problem, Refused
from bavn.node import mandates
from bavn.node.terminal import Terminal
from bavn.node.wiring import CAPABILITIES, catalogue, country_gate
from bavn.runtime import clock
from bavn.runtime.control.words import Answer, No, PoliciesUsed, UsePolicies
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.functions import OPERATOR
from bavn.runtime.health import Finding, ill, well
from bavn.runtime.house import House, Served
from bavn.runtime.live import Live
from bavn.runtime.log import log, log_error
from bavn.runtime.mandates import Book, Gate
from bavn.runtime.mandates.apart import book_apart
from bavn.runtime.mandates.files import texts_in
from bavn.runtime.mandates.policies import CountrySet, Found, Policies, check_laws
from bavn.runtime.mandates.shelf import ReadWith, Shelf

# So often it is looked whether somebody has changed the node's own. A look is a few system calls.
LOOK_S = 2.0


def policies_of(folder: Folder, country: Country) -> Policies:
    """The policies that hold at a node; those of its own are read in another process."""
    return Policies(Shelf(folder.path), country_set(country.id), clock.now())


@cache
def country_set(country: str) -> CountrySet:
    """The policies that come with a country."""
    parts = catalogue()
    read_with = ReadWith(
        tuple(sorted(mandates.acts_of(CAPABILITIES, parts))),
        tuple(sorted(mandates.alarms_of(parts))),
    )
    texts = texts_in(mandates.built_in_folder(country))
    return CountrySet(book=country_gate(built_in(country)).book, texts=texts, read_with=read_with)


def tell(journal: Journal, policies: Policies) -> bool:
    """Have it told which set holds, once for each that takes another's place; False when refused.

    A node that hosts nobody tells nothing, and decides nothing either.
    """
    record = journal.record
    hosted = record.roster.hosted_by(record.identity.node)
    if not hosted:
        return True
    owner = OrganisationId(hosted[0])
    content = TakePolicies(
        node=record.identity.node, mark=policies.mark, is_own=policies.holds.is_own
    )
    actor = Actor(organisation=owner, function=OPERATOR)
    (outcome,) = journal.commit([Request(owner=owner, actor=actor, content=content)])
    return isinstance(outcome, Done)


class Keeping:
    """Takes what is changed at one node that is served; made in the event loop that it lives in."""

    def __init__(self, live: Live, gate: Gate, policies: Policies, rooms: Any) -> None:
        self.policies = policies
        self._live = live
        self._gate = gate
        self._rooms = rooms
        self._one = asyncio.Lock()
        self._is_told = False
        self._show()
        self._going_on = asyncio.create_task(self._look_for_ever(), name="policies")
        live.before_close(self.close)

    async def use(self, asked: UsePolicies) -> Answer:
        """What came of a command; a set that cannot be used leaves everything as it was."""
        async with self._one:
            was = self.policies.mark
            try:
                found = await asyncio.to_thread(used, self.policies, asked, clock.now())
                if found is not None:
                    await self._take(found)
            except BadInput as bad:
                return No(refused(bad))
            except OSError as error:
                return No(_not_placed(error))
            return PoliciesUsed(self.policies.mark, was, self.policies.holds.is_own)

    async def look(self) -> None:
        """Take what was changed, and tell what is not told yet."""
        async with self._one:
            found = await asyncio.to_thread(self.policies.look, clock.now())
            if found is not None:
                await self._take(found)
            elif not self._is_told:
                await self._tell()

    async def close(self) -> None:
        """Look no more."""
        self._going_on.cancel()
        await asyncio.gather(self._going_on, return_exceptions=True)

    async def _look_for_ever(self) -> None:
        while not self._live.is_stopped:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - those that hold, hold on; it is tried again
                log_error("policies.look_failed", error)
            await asyncio.sleep(LOOK_S)

    async def _take(self, found: Found) -> None:
        """Have a set hold from now on, and tell so, between two groups of writing.

        What was decided before went by the one set; what is decided after goes by the other.
        """
        now = clock.now()
        try:
            held = await asyncio.to_thread(self._gate.ready, found.book, now)
        except ValueError as error:
            # The law that this world plays by is not in it.
            bad = BadInput(Problem(where="law_sets.csv", says=f"{error}."))
            self.policies.refuse(bad, now)
            raise bad from error

        def work(journal: Journal) -> None:
            self._gate.hold(held)
            self.policies.holds = found
            self._is_told = tell(journal, self.policies)

        self._is_told = False
        try:
            await self._live.alone(work)
        finally:
            # It holds, also where the disk has no room to tell it yet.
            await asyncio.to_thread(self.policies.took, found, now)
            self._show()
        self._live.told()

    async def _tell(self) -> None:
        self._is_told = await self._live.alone(lambda journal: tell(journal, self.policies))
        self._live.told()

    def _show(self) -> None:
        """Have the pages find the grounds of what holds, and of what was decided before."""
        current = {each.id: each.ground for each in self.policies.holds.book.policies}
        self._rooms["operations"].grounds = {**self.policies.shelf.grounds(), **current}
        self._rooms["mandates"].around.policies = self.policies


def keep_policies(
    house: House, folders: Sequence[Folder], country: Country, terminal: Terminal
) -> None:
    """Have each node of a house go by its own policies, and take others when they are changed.

    Before anything is decided. Whatever is wrong with them, the node serves.
    """
    for served, folder in zip(house.nodes, folders, strict=True):
        try:
            policies = policies_of(folder, country)
            if policies.holds.is_own:
                gate_of(served.live).take(policies.holds.book, clock.now())
        except Exception as error:  # noqa: BLE001 - a node without its own goes by the country's
            log_error("policies.not_begun", error)
            continue
        if policies.wrong is not None:
            where, fault = policies.wrong.problems[0]
            says = terminal.texts("policies.refused", where=where, says=fault)
            terminal.trouble(says, terminal.texts("policies.refused_do"))
        keep(served, policies)


def gate_of(live: Live) -> Gate:
    """The gate of a world that is asked by policies."""
    assert isinstance(live.may, Gate), "who is served is asked by policies"
    return live.may


def keep(served: Served, policies: Policies) -> Keeping:
    """Have one node do so, and its command line be heard on it."""
    keeping = Keeping(served.live, gate_of(served.live), policies, served.given)
    if served.control is not None:
        served.control.uses_policies = keeping.use
    return keeping


def used(policies: Policies, asked: UsePolicies, now: datetime) -> Found | None:
    """The set that a command wants to hold, checked and placed; None where it holds already."""
    return policies.use(policies.before() if asked.back else asked.texts, now)


def findings(folder: Folder, country: Country) -> Iterator[Finding]:
    """How a node's policies are, for who looks after it: read anew, beside a server that runs."""
    shelf, known = Shelf(folder.path), country_set(country.id)
    last = next(reversed(shelf.log().takings), None)
    try:
        texts = shelf.texts()
        book = None if texts is None else read(texts, known)
    except BadInput as bad:
        first = bad.problems[0]
        count = len(bad.problems)
        yield ill("policies_faulty", count=count, where=first.where, fault=first.says)
    else:
        if book is not None and (last is None or last.mark != book.mark):
            yield ill("policies_waiting", mark=book.mark)
    if last is None:
        yield well("policies_none_held")
    else:
        code = "policies_own" if last.is_own else "policies_country"
        since = last.at.astimezone(ZoneInfo(country.time_zone))
        yield well(code, mark=last.mark, since=f"{since:%d.%m.%Y %H:%M}")


def read(texts: Mapping[str, str], known: CountrySet) -> Book:
    """Policies that a node might go by, read in another process; raises BadInput."""
    book = book_apart(texts, known.read_with.acts, known.read_with.alarms)
    check_laws(book, known.book)
    return book


def refused(bad: BadInput) -> Refused:
    """A set with faults, as an answer."""
    first = bad.problems[0]
    log("policies.not_used", count=len(bad.problems), first=first.where)
    return Refused(
        code="policies_faulty",
        says=f"They are not used: {first.where}: {first.says}",
        try_instead="`bavn mandates check` names every fault. Those that held hold on.",
        values={"count": str(len(bad.problems)), "where": first.where, "fault": first.says},
    )


def _not_placed(error: OSError) -> Refused:
    return Refused(
        code="policies_not_placed",
        says=f"They could not be put in place: {error.strerror}.",
        try_instead="See that there is room on the disk and that the server may write there.",
        values={"fault": str(error.strerror)},
    )
