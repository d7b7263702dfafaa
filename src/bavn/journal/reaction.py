# SPDX-License-Identifier: Apache-2.0
"""Reactions and timers: facts, or the passing of time, that lead to requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from bavn.journal.fact import Fact
from bavn.journal.table import Row
from bavn.journal.views import View
from bavn.kernel.identity import OrganisationId

# The function that a reaction acts in; the mandates know it as the organisation's own machine.
MACHINE = "machine"


def _its_owner(fact: Fact, _body: Any) -> OrganisationId:
    return fact.owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A kind of fact leads to requests, once, on the node that hosts the organisation that reacts.

    `stale_after` is how old a fact from another node may be when it is heard and still be acted on.
    What is older is noted for a person instead: nobody wants yesterday's call for help answered by
    a machine.
    """

    name: str
    body: type[msgspec.Struct]
    requests: Callable[[Fact, Any], Sequence[msgspec.Struct]]
    stale_after: timedelta
    owner: Callable[[Fact, Any], OrganisationId] = _its_owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A row of a view of scope `own` leads to a request when its instant has come, once.

    `due_column` holds the instant in milliseconds. The fold of the request's facts should remove
    the row or move it.
    """

    name: str
    view: View
    due_column: str
    request: Callable[[Row], msgspec.Struct]
