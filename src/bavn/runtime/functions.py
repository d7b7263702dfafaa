# SPDX-License-Identifier: Apache-2.0
"""The gate until the mandates stand: a function's acts, as the country's table says.

An act passes when it goes with the actor's function, and when the thing is its organisation's own
or the act only reads. An alarm passes whatever the table says, flagged. What stands here is a
`May`, and the mandates replace it whole.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from bavn.frame.country import Function
from bavn.kernel.mandate import Actor, Allowed, May, Resource
from bavn.kernel.refusal import Refused

# Functions that a person never has: our own machine, and systems with a token.
MACHINES = frozenset({"machine", "system"})
# The function of the one who runs the machine, at its command line; no account and no token has it.
OPERATOR = "operator"
OPERATOR_ACTS = (
    "journal.change_key",
    "journal.invite_node",
    "journal.read_keys",
    "journal.resume",
    "journal.revoke_key",
    "journal.settle",
    "journal.take_in_bundle",
)
# More would be a list that nobody reads.
HOLDERS_LIMIT = 4


def function_may(functions: Sequence[Function]) -> May:
    """The gate that the functions of a country make; what the operator may is no country's."""
    acts = {each.code: pattern_of(each.acts) for each in functions}
    acts[OPERATOR] = pattern_of(OPERATOR_ACTS)

    def may(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | Refused:  # noqa: ARG001
        pattern = acts.get(actor.function)
        has_it = pattern is not None and pattern.fullmatch(act) is not None
        if has_it and (actor.organisation == resource.owner or is_reading(act)):
            return Allowed(basis=f"function:{actor.function}")
        if resource.alarm:
            return Allowed(basis="alarm", flagged=True)
        return _elsewhere(actor, act, resource) if has_it else _lacking(functions, actor, act)

    return may


def is_reading(act: str) -> bool:
    """True for an act that changes nothing.

    >>> is_reading("operations.read_incidents"), is_reading("operations.close_incident")
    (True, False)
    """
    return act.partition(".")[2].startswith("read_")


def pattern_of(globs: Iterable[str]) -> re.Pattern[str]:
    """What matches the acts that some globs name; a star stands for any part of a name.

    >>> bool(pattern_of(["*.read_*"]).fullmatch("situation.read_picture"))
    True
    """
    parts = (re.escape(each).replace(r"\*", "[a-z0-9_]*") for each in globs)
    return re.compile("|".join(parts))


def holders_of(functions: Sequence[Function], act: str) -> list[Function]:
    """The functions that a person may have and that an act goes with."""
    return [
        each
        for each in functions
        if each.code not in MACHINES and pattern_of(each.acts).fullmatch(act)
    ]


def _lacking(functions: Sequence[Function], actor: Actor, act: str) -> Refused:
    found = holders_of(functions, act)[:HOLDERS_LIMIT]
    english = ", ".join(each.english for each in found) or "-"
    return Refused(
        code="not_in_function",
        says=f"{act} does not go with the function {actor.function}.",
        try_instead=f"It goes with: {english}.",
        values={
            "act": act,
            "function": actor.function,
            "holders": english,
            "holders_da": ", ".join(each.danish for each in found) or "-",
        },
    )


def _elsewhere(actor: Actor, act: str, resource: Resource) -> Refused:
    return Refused(
        code="no_mandate",
        says=f"{actor.organisation} has no mandate for {act} at {resource.owner}.",
        try_instead=f"Ask {resource.owner}, who holds it.",
        values={"act": act, "owner": resource.owner, "organisation": actor.organisation},
    )
