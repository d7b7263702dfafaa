# SPDX-License-Identifier: Apache-2.0
"""1,000 rows under a narrow scope, beside the same list without one: `python -m bench reading`.

Through the whole door: the token, its reader made by the policies and remembered, the query with
the scope compiled into it, and the rows written as an answer. Both lists have as many rows of the
same table; they differ in nothing but the scope. Taken in turn, round by round; times are of the
processor. And what it costs to make a reader anew, which is done when what holds changes.
"""

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

from litestar import get

from bavn.capabilities.operations.views.tables import INCIDENT_DETAILS
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Resource
from bavn.node.wiring import CAPABILITIES, COUNTRY, country_gate
from bavn.runtime.clock import now
from bavn.runtime.countries import built_in
from bavn.runtime.live import Live
from bavn.runtime.mandates.reading import HEAR_OWN, Readers, Wanted
from bavn.runtime.web.app import make_app
from bench.measure import folder
from bench.picture import Caller, Measured
from bench.served import country_in

AREA, AGENCY = OrganisationId("midtjylland"), OrganisationId("brs")
ROWS, INCIDENTS, UNITS = 1_000, 4_500, 100
ROUNDS, EACH = 15, 4
READ = {"act": "operations.read_incidents"}
FUNCTIONS = (("duty_officer", AREA), ("national_duty_officer", AGENCY), ("inspector", AGENCY))


def _listed(rows: list[Row]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows[:ROWS]]


@get("/narrow", opt=READ, sync_to_thread=False)
def narrow(call: CallGiven, desk: DeskGiven) -> list[dict[str, Any]]:
    """What the caller may read."""
    return _listed(desk.query.rows(call.reader, INCIDENT_DETAILS, limit=ROWS))


@get("/whole", opt=READ, sync_to_thread=False)
def whole(call: CallGiven, live: Live) -> list[dict[str, Any]]:
    """The same number of rows, whoever may read them."""
    assert call.reader.organisations, "who calls is looked up for both"
    table = live.journal.record.views.table_of(INCIDENT_DETAILS)
    return _listed(live.reading.rows(table, {}, any_of=None, limit=ROWS))


def main() -> None:
    """Print what a scope costs."""
    with folder() as place:
        asyncio.run(_main(place))


async def _main(place: Path) -> None:
    with country_in(place, organisation=AREA, incidents=INCIDENTS, units=UNITS) as world:
        live = Live(world.opened)
        rooms = world.rooms(live)
        app = make_app(live, world.callers, CAPABILITIES, handlers=[narrow, whole], provided=rooms)
        await _print(Caller(app, world.token))
        await live.close()
    _print_making()


async def _print(caller: Caller) -> None:
    both = Measured("without a scope", "/whole"), Measured("under a narrow scope", "/narrow")
    for each in both:
        await caller.ask(each.path, {})
    for _ in range(ROUNDS):
        for each in both:
            each.times_ms.append(await _round(caller, each))
    print(f"\n{INCIDENTS} rows in the table, {ROUNDS} rounds of {EACH} in turn")
    for each in both:
        print(f"  {each.name:<24} {each.size:>6,} rows {each.ms:>8.2f} ms")
    ratios = sorted(a / b for a, b in zip(both[1].times_ms, both[0].times_ms, strict=True))
    middle = statistics.median(ratios)
    print(f"  ratio {middle:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}); the aim is 1.2 or less")


async def _round(caller: Caller, wanted: Measured) -> float:
    began = time.process_time()
    for _ in range(EACH):
        status, _, body = await caller.ask(wanted.path, wanted.headers)
        assert status == wanted.status, body[:500]
        wanted.size = body.count(b'"owner"')
    return (time.process_time() - began) / EACH * 1_000


def _print_making() -> None:
    """A reader that is made for the first time by a gate that remembers nothing, and again."""
    for function, home in FUNCTIONS:
        wanted = Wanted(
            actor=Actor(organisation=home, function=function),
            acts_for=frozenset({home}),
            personal=True,
        )
        gate = country_gate(built_in(COUNTRY))
        gate.allowed(wanted.actor, HEAR_OWN, Resource(owner=home), now())
        anew, again = [], []
        for _ in range(ROUNDS):
            gate.forget()
            readers = Readers(gate, frozenset)
            anew.append(_ms(readers, wanted))
            again.append(_ms(readers, wanted))
        print(
            f"  a reader of {function:<24} {statistics.median(anew):>7.2f} ms anew,"
            f" {statistics.median(again):.3f} ms again"
        )


def _ms(readers: Readers, wanted: Wanted) -> float:
    began = time.process_time()
    readers.scope(wanted, now())
    return (time.process_time() - began) * 1_000


if __name__ == "__main__":
    main()
