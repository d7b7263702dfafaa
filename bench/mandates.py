# SPDX-License-Identifier: Apache-2.0
"""Decisions through the whole gate, beside a table that is written into the program.

The same questions are asked of both: every act, by functions of the service, of the own service and
of another. Asked anew, each is evaluated by the policies; asked again, its answer is remembered.
"""

import statistics
import time
from datetime import UTC, datetime

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, May, Resource
from bavn.kernel.refusal import Refused
from bavn.node import mandates
from bavn.node.own_policies import country_set
from bavn.node.wiring import COUNTRY, catalogue, country_gate
from bavn.runtime.countries import built_in
from bavn.runtime.mandates.apart import book_apart
from bavn.runtime.mandates.files import BYTES_LIMIT, POLICIES_LIMIT

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
OWN, OTHER = OrganisationId("njb"), OrganisationId("ostbv")
FUNCTIONS = ("control_room_operator", "duty_officer", "incident_commander", "system")
ROUNDS = 5


def main() -> None:
    """Print decisions per second and the slowest, of both, and the ratios."""
    gate = country_gate(built_in(COUNTRY))
    asked = [
        (Actor(organisation=OWN, function=function), act, Resource(owner=owner))
        for act in sorted(gate.book.acts)
        for function in FUNCTIONS
        for owner in (OWN, OTHER)
    ]
    table = _table(gate, asked)
    print(f"\n{len(asked)} questions, {len(gate.book.policies)} policies, {ROUNDS} rounds in turn")
    rounds: dict[str, list[list[float]]] = {"table": [], "policies, anew": [], "again": []}
    for _ in range(ROUNDS):
        rounds["table"].append(_timed(table, asked))
        gate.forget()
        rounds["policies, anew"].append(_timed(gate, asked))
        rounds["again"].append(_timed(gate, asked))
    beside = [sum(times) for times in rounds["table"]]
    for name, runs in rounds.items():
        times = sorted(each for run in runs for each in run)
        a_second = len(asked) / statistics.median(sum(run) for run in runs)
        p99 = times[int(len(times) * 0.99)] * 1000
        ratios = sorted(sum(run) / table_s for run, table_s in zip(runs, beside, strict=True))
        print(
            f"  {name:<16} {a_second:>10,.0f} a second, p99 {p99:.3f} ms,"
            f" {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}) of the table"
        )
    worst()


def _table(gate: May, asked: list[tuple[Actor, str, Resource]]) -> May:
    """What a program would say that has the answers written into it."""
    allowed = {
        (actor.function, act, actor.organisation == resource.owner)
        for actor, act, resource in asked
        if isinstance(gate(actor, act, resource, AT), Allowed)
    }

    def may(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | Refused:  # noqa: ARG001
        if (actor.function, act, actor.organisation == resource.owner) in allowed:
            return Allowed(basis="table")
        return Refused(code="not_in_table", says=f"No {act}.", try_instead="Ask another.")

    return may


def worst() -> None:
    """Print what the largest set that is taken costs: to check, to take, and an alarm under it."""
    country, parts, known = built_in(COUNTRY), catalogue(), country_set(COUNTRY)
    free = POLICIES_LIMIT - len(known.book.policies)
    room = (BYTES_LIMIT - sum(map(len, known.texts.values()))) // free - 1
    policies = "".join(_heavy(number, room) for number in range(free))
    began = time.perf_counter()
    book = book_apart(
        {**known.texts, "worst.cedar": policies}, known.read_with.acts, known.read_with.alarms
    )
    checked = time.perf_counter()
    gate = mandates.gate(country, known.book, parts)
    held = gate.ready(book, AT)
    ready = time.perf_counter()
    gate.hold(held)
    asked = [
        (Actor(organisation=OWN, function=function), act, Resource(owner=OWN, alarm=True))
        for act in sorted(mandates.alarms_of(parts))
        for function in book.roles
    ]
    times = sorted(each * 1000 for each in _timed(gate, asked))
    print(f"\nThe largest set: {len(book.policies)} policies, {BYTES_LIMIT} characters at most")
    print(f"  checked in another process {checked - began:.1f} s, ready {ready - checked:.2f} s")
    print(
        f"  an alarm asked anew: median {statistics.median(times):.1f} ms,"
        f" p99 {times[int(len(times) * 0.99)]:.1f} ms, the slowest {times[-1]:.1f} ms"
    )
    again = sorted(each * 1000 for each in _timed(gate, asked))
    print(f"  asked again: p99 {again[int(len(again) * 0.99)]:.3f} ms")


def _heavy(number: int, room: int) -> str:
    """A policy that has to be looked at to its end, as long as there is room for it."""
    head = (
        f'@id("w{number}") @ground("x") @basis("x") @law("today,proposed") @da("x") @en("x")\n'
        "forbid (principal, action, resource) when { "
    )
    one = '(context.organisation in resource && resource.level == "x") || '
    count = max(0, (room - len(head) - 10) // len(one))
    return f"{head}{one * count}false }};\n"


def _timed(may: May, asked: list[tuple[Actor, str, Resource]]) -> list[float]:
    found = []
    for actor, act, resource in asked:
        began = time.perf_counter()
        may(actor, act, resource, AT)
        found.append(time.perf_counter() - began)
    return found


if __name__ == "__main__":
    main()
