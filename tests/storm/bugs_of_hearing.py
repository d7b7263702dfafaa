# SPDX-License-Identifier: Apache-2.0
"""Planted bugs of telling, hearing and viewing."""

from collections.abc import Callable
from typing import Any

import pytest

from bavn.journal import merge, offer, rebuild, views
from bavn.journal.chain import Segment
from bavn.journal.intake import Intake
from bavn.journal.merge import Merged, _Taking
from bavn.journal.pending import Pending
from bavn.journal.record import Record
from bavn.journal.store import HistoryRow
from bavn.journal.stores.sqlite import SqliteStore
from bavn.kernel.audience import OWN
from bavn.kernel.hybrid_clock import HybridClock, Tick
from tests.storm.planting import Bed
from tests.storm.secrets_kept import ASTRAY
from tests.storm.watch import NO_FORK

# The storms over the small country see these sooner.
HEARING = Bed(step=2)
bug = HEARING.bug

SAME = "who may hear the same has the same"
VERIFY = "verify finds no fault"
COUNTS = "each fact counts once"


@bug("A segment is applied although those before it are missing.", "nothing is applied past a gap")
def applied_past_a_gap(patch: pytest.MonkeyPatch) -> None:
    def jump(taking: _Taking, segment: Segment) -> Merged:
        channel = taking._channel
        taking._change(channel._replace(sequence=segment.first - 1, hash=segment.previous))
        taking._continue(segment, segment.hashes())
        taking._intake.refold()
        return Merged(applied=len(segment.facts))

    patch.setattr(_Taking, "_wait", jump)


@bug(
    "A node says that it has what it has only heard of.",
    "nothing acknowledged is lost",
    "gaps are closed",
)
def announced_is_held(patch: pytest.MonkeyPatch) -> None:
    def have(record: Record) -> dict[str, int]:
        return {
            name.text(): max(channel.sequence, channel.announced)
            for name, channel in record.channels.items()
            if name.audience != OWN
        }

    patch.setattr(offer, "have", have)


@bug("What is `own` is offered to whoever asks.", ASTRAY)
def own_is_offered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(offer, "may_be_told", lambda *_: True)


@bug("Offers are not cut to what the peer may hear.", ASTRAY)
def all_is_offered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        offer, "may_be_told", lambda _record, _peer, channel: channel.name.audience != OWN
    )


@bug("A peer's clock is taken over, whatever it shows.", "no peer leads a clock astray", first=4)
def peers_clock_is_trusted(patch: pytest.MonkeyPatch) -> None:
    def witness(clock: HybridClock, heard: Tick, _now_ms: int) -> bool:
        clock.last = max(clock.last, heard)
        return True

    patch.setattr(HybridClock, "witness", witness)


@bug("Signatures are not looked at.", NO_FORK, "nothing forged is held")
def no_signature_needed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merge, "head_is_signed", lambda *_args, **_more: True)


@bug("Facts are folded in the order in which they are heard.", SAME, VERIFY, first=6)
def folded_as_heard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Pending, "newest_stamp", lambda *_: b"")


@bug("A strike is kept, and what it strikes goes on counting.", SAME, COUNTS)
def struck_still_counts(patch: pytest.MonkeyPatch) -> None:
    def apply(taking: Intake, heard: Any, subject: str, *, late: bool) -> None:  # noqa: ARG001
        owner = heard.fact.owner
        hosted = taking._record.hosts(owner)
        taking._record.views.fold(taking._pending, heard, subject, hosted=hosted)

    patch.setattr(Intake, "_apply", apply)


@bug("A strike that was told to some strikes in what others see too.", COUNTS, SAME, first=4)
def strike_reaches_everyone(patch: pytest.MonkeyPatch) -> None:
    """It was there: equal hearers became unequal when a restore lost a part of a strike."""

    def folded(
        self: views.Views,
        pending: Pending,
        _owner: str,
        subject: str,
        history: list[views.Heard],
        *,
        hosted: bool,
    ) -> None:
        struck = views.struck_in(history)
        for heard in history:
            if heard.fact.id not in struck:
                self.fold(pending, heard, subject, hosted=hosted)

    patch.setattr(views.Views, "fold_history", folded)


@bug("A subject's history is read in the order of hearing, everywhere.", SAME, VERIFY)
def history_as_heard(patch: pytest.MonkeyPatch) -> None:
    for store in (Pending, SqliteStore):
        patch.setattr(store, "history", _by_position(store.history))
    patch.setattr(Pending, "newest_stamp", lambda *_: b"")


def _by_position(history: Callable[..., list[HistoryRow]]) -> Callable[..., list[HistoryRow]]:
    return lambda *what: sorted(history(*what), key=lambda row: (row.position, row.channel))


@bug("A fact that is told to two audiences counts twice for its owner.", COUNTS)
def two_channels_count_twice(patch: pytest.MonkeyPatch) -> None:
    fold = views.Views.fold

    def twice(
        self: views.Views, pending: Pending, heard: views.Heard, *rest: Any, **how: Any
    ) -> None:
        fold(self, pending, heard._replace(first=True), *rest, **how)

    patch.setattr(views.Views, "fold", twice)


@bug("What is told while the views are rebuilt is not in the new ones.", VERIFY, COUNTS, SAME)
def told_during_rebuild_is_lost(patch: pytest.MonkeyPatch) -> None:
    def forgotten(building: Any, _pending: Any) -> None:
        building._record.touched = set()

    patch.setattr(rebuild._Building, "_fold_touched", forgotten)


@bug("Nobody tries what was not understood again after an upgrade.", "all facts are understood")
def upgrade_keeps_old_views(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Record, "views_are_current", True)
