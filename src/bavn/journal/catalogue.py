# SPDX-License-Identifier: Apache-2.0
"""All that a node can understand and do.

Kinds, views, decisions, reactions and timers, gathered and checked once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from hashlib import sha256

import msgspec

from bavn.journal.decision import Decision
from bavn.journal.giving import GIVING_DECISIONS
from bavn.journal.kinds import Kind, Kinds
from bavn.journal.reaction import Reaction, Timer
from bavn.journal.settle import SETTLE
from bavn.journal.strike import ERASE_KEY, STRIKE
from bavn.journal.trust.deciding import TRUST_DECISIONS
from bavn.journal.views import View, Views
from bavn.kernel.audience import Scope
from bavn.kernel.refusal import BrokenPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one capability brings to the journal."""

    kinds: tuple[Kind, ...] = ()
    views: tuple[View, ...] = ()
    decisions: tuple[Decision, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    timers: tuple[Timer, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The parts of all capabilities together."""

    kinds: Kinds
    views: tuple[View, ...]
    decisions: dict[type[msgspec.Struct], Decision]
    reactions: dict[type[msgspec.Struct], tuple[Reaction, ...]]
    timers: tuple[Timer, ...]
    # The zone of those who decide: days in what they sign are theirs.
    zone: tzinfo = UTC
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        """Take the fingerprint of what the views are made of.

        A new one means that they must be rebuilt.
        """
        made_of = Views(self.views, self.kinds, 0).fingerprint() + self.kinds.fingerprint()
        object.__setattr__(self, "fingerprint", sha256("\n".join(made_of).encode()).hexdigest())

    def is_alarm(self, content: msgspec.Struct) -> bool:
        """True when this request is on the alarm path."""
        decision = self.decisions.get(type(content))
        return decision is not None and decision.alarm

    def erases(self, content: msgspec.Struct) -> bool:
        """True when this request may come to the destruction of keys."""
        decision = self.decisions.get(type(content))
        return decision is not None and decision.erases

    def decision_for(self, content: msgspec.Struct) -> Decision:
        """How this request is decided; one that nobody decides is our bug."""
        decision = self.decisions.get(type(content))
        if decision is None:
            msg = f"nobody decides {type(content).__name__}"
            raise BrokenPromise(msg)
        return decision


def catalogue_of(parts: Iterable[Part], zone: tzinfo = UTC) -> Catalogue:
    """The catalogue of these parts; raises BrokenPromise when they do not fit together."""
    parts = tuple(parts)
    kinds = Kinds(kind for part in parts for kind in part.kinds)
    views = tuple(view for part in parts for view in part.views)
    decisions = [
        STRIKE,
        ERASE_KEY,
        SETTLE,
        *TRUST_DECISIONS,
        *GIVING_DECISIONS,
        *(decision for part in parts for decision in part.decisions),
    ]
    reactions = [reaction for part in parts for reaction in part.reactions]
    timers = tuple(timer for part in parts for timer in part.timers)
    names = [reaction.name for reaction in reactions] + [timer.name for timer in timers]
    broken = [
        *_twice("request", (each.request.__name__ for each in decisions)),
        *_twice("act", (each.act for each in decisions)),
        *_twice("reaction or timer", names),
        *(problem for timer in timers for problem in _timer_problems(timer, views)),
    ]
    if broken:
        raise BrokenPromise("; ".join(broken))
    by_body: dict[type[msgspec.Struct], tuple[Reaction, ...]] = {}
    for reaction in reactions:
        kinds.of_body_type(reaction.body)
        by_body[reaction.body] = (*by_body.get(reaction.body, ()), reaction)
    by_request = {decision.request: decision for decision in decisions}
    return Catalogue(kinds, views, by_request, by_body, timers, zone)


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} {name} is declared twice"


def _timer_problems(timer: Timer, views: tuple[View, ...]) -> Iterator[str]:
    if timer.view.scope is not Scope.OWN:
        yield f"timer {timer.name} must look at a view of scope own"
    if timer.view not in views:
        yield f"timer {timer.name} looks at a view that is not declared"
    if timer.due_column not in {column.name for column in timer.view.columns}:
        yield f"timer {timer.name} looks at a column that is not there"
