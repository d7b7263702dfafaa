# SPDX-License-Identifier: Apache-2.0
"""What asking for a mandate asks of the house: who has it, what else opens it, whom to call."""

from bavn.capabilities.duty.views.room import Room as Duty
from bavn.capabilities.mandates.ports import Around, Holder, Missing, Rule
from bavn.capabilities.mandates.views.requests import Requests
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.kernel.identity import OrganisationId, is_name
from bavn.kernel.mandate import Allowed, Circumstances, Resource
from bavn.kernel.private import Private
from bavn.node.together import CountryTogether
from bavn.runtime.live import Live
from bavn.runtime.mandates import Gate
from bavn.runtime.mandates.refusing import Held, holding, may_ask

DECLARE = "mandates.declare_emergency"
# An act that nobody knows: there is nothing to ask for.
NOTHING_MISSING = Missing(
    act="",
    at=OrganisationId(""),
    has_it=False,
    is_alarm=False,
    may_ask=False,
    in_emergency=False,
    holders=(),
)


class CountryAsking:
    """All that asking is connected with, beside what mandates is."""

    def __init__(self, gate: Gate, around: Around, together: CountryTogether, duty: Duty) -> None:
        self._gate = gate
        self._around = around
        self._together = together
        self._duty = duty

    def missing(self, call: Call, act: str, at: OrganisationId) -> Missing:
        """What the caller lacks to do an act there, and who has it."""
        gate, actor = self._gate, call.acting_for(at)
        if act not in gate.book.acts or not is_name(at):
            return NOTHING_MISSING
        rules = {each.id: each for each in self._around.rules(call)}
        held = holding(gate, call.actor.organisation, act, at, call.now)
        urgent = Circumstances(emergency=True)
        opens = gate.grounds(actor, act, at, urgent, call.now) is not None
        return Missing(
            act=act,
            at=at,
            has_it=isinstance(gate(actor, act, Resource(owner=at), call.now), Allowed),
            is_alarm=gate.is_alarm(act),
            may_ask=may_ask(gate, call.actor, act, call.now),
            in_emergency=opens and self._around.may(call, DECLARE),
            holders=tuple(_holder(each, rules) for each in held),
        )

    def holds(self, call: Call, of: OrganisationId, act: str, at: OrganisationId) -> bool:
        """True when a function of an organisation may do an act there."""
        held = holding(self._gate, of, act, at, call.now)
        return any(each.organisation == of for each in held)

    def incident(self, call: Call, incident: str) -> tuple[str, bool] | None:
        """What an incident is called, and whether it is open; None where it is not known here."""
        seen = self._together.known(call, incident)
        return None if seen is None else (self._together.label(call, seen), seen.is_open)

    async def phone(self, call: Call, desk: Desk, holder: Holder) -> str | None:
        """The telephone of who has a function's watch; only one's own roster is read."""
        if holder.organisation not in call.organisations:
            return None
        number = self._duty.number_on_duty(call, holder.function)
        if number is None:
            return None
        text = await desk.reveal(call.reader, holder.organisation, number)
        return text.reveal() if isinstance(text, Private) else None


def asking_of(
    live: Live, gate: Gate, around: Around, together: CountryTogether, duty: Duty
) -> dict[str, Requests]:
    """What its handlers ask for by name."""
    asking = CountryAsking(gate, around, together, duty)
    return {"mandate_requests": Requests(live.query, around, asking)}


def _holder(held: Held, rules: dict[str, Rule]) -> Holder:
    rule = next((rules[each] for each in held.grounds if each in rules), None)
    return Holder(
        function=held.function,
        organisation=held.organisation,
        rule=rule,
        answers=held.answers,
    )
