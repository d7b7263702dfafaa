# SPDX-License-Identifier: Apache-2.0
"""Planted bugs of trust: who hosts whom, take-over, claims, keys, invitations, conflicts."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from bavn.journal import conflicts, record
from bavn.journal.fact import Fact
from bavn.journal.record import Record
from bavn.journal.roster import Grant, Peer, Roster
from bavn.journal.trust import deciding, effect, fold, standing
from bavn.journal.trust.statements import Granted, Statement
from tests.storm.conflicts_by_hand import CONFLICTS
from tests.storm.planting import Bed
from tests.storm.trust_checks import BY_HAND, ONLY_HOSTS, SAME_ROSTER, SHOWN

# There is nothing about trust in the storms over the small country.
TRUST = Bed(first=1, step=2)
bug = TRUST.bug

LOST = "nothing acknowledged is lost"
ONCE = "no request is carried out twice"
COUNTS = "each fact counts once"
TELLS = "nobody tells for whom he does not host"
REASON = "a refusal has a reason"
VERIFY = "verify finds no fault"


@bug("The first grant of an organisation holds: epochs are not compared.", REASON, BY_HAND)
def epoch_not_compared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Roster, "_holder", lambda _roster, grants: grants[0])


@bug(
    "Of two claims to one epoch the first by name holds, and nobody is asked.",
    TELLS,
    BY_HAND,
    first=15,
)
def first_claim_wins(patch: pytest.MonkeyPatch) -> None:
    def holder(_roster: Roster, grants: list[Grant]) -> Grant:
        newest = max(grant.epoch for grant in grants)
        return next(grant for grant in grants if grant.epoch == newest)

    patch.setattr(Roster, "_holder", holder)


@bug("Statements are followed in the order in which they are heard.", SAME_ROSTER, BY_HAND, REASON)
def statements_as_heard(patch: pytest.MonkeyPatch) -> None:
    folded = fold.fold

    def as_heard(base: Roster, statements: Iterable[Statement]) -> Roster:
        heeded: list[Statement] = []
        for each in statements:
            if each.key not in folded(base, [*heeded, each]).unheeded:
                heeded.append(each)
        return folded(base, heeded)

    patch.setattr(standing, "fold", as_heard)


@bug("What a nobody states is followed like everything else.", BY_HAND, REASON, TELLS, first=15)
def nobody_is_followed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fold, "refusal", lambda *_: "")


@bug("A revoked key is believed as before.", BY_HAND, SHOWN, first=9)
def revoked_key_is_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Roster, "believed_of", lambda *_: None)


@bug("Of a revoked key, one entry more is believed than was said.", BY_HAND, SHOWN, first=9)
def one_more_is_believed(patch: pytest.MonkeyPatch) -> None:
    believed_of = Roster.believed_of

    def one_more(roster: Roster, channel: Any) -> int | None:
        believed = believed_of(roster, channel)
        return None if believed is None else believed + 1

    patch.setattr(Roster, "believed_of", one_more)


@bug("What was heard of a revoked key before stays in the views.", SHOWN, COUNTS, first=31)
def revoked_stays_in_views(patch: pytest.MonkeyPatch) -> None:
    concerned = effect._concerned

    def without_beyond(rec: Record, before: Any) -> Any:
        return concerned(rec, before._replace(beyond=rec.standing.beyond))

    patch.setattr(effect, "_concerned", without_beyond)


@bug("What the old host told late counts no more, and nobody is told.", COUNTS, SHOWN, ONCE)
def late_epoch_is_dropped(patch: pytest.MonkeyPatch) -> None:
    counts = Record.counts

    def in_the_newest(rec: Record, fact: Fact) -> bool:
        newest = max((g.epoch for g in rec.roster.grants if g.owner == fact.owner), default=0)
        return counts(rec, fact) and (fact.epoch == newest or not fact.body)

    patch.setattr(Record, "counts", in_the_newest)


@bug("A stand-in takes over without a new epoch.", "what was granted is granted", REASON)
def takes_over_in_the_old_epoch(patch: pytest.MonkeyPatch) -> None:
    bodies = deciding._bodies

    def one_less(content: Any) -> tuple[Any, ...]:
        return tuple(
            msgspec.structs.replace(each, epoch=each.epoch - 1)
            if isinstance(each, Granted) and each.ground == conflicts.TAKE_OVER
            else each
            for each in bodies(content)
        )

    patch.setattr(deciding, "_bodies", one_less)


@bug(
    "The old host keeps its views of its own after it heard that it hosts no longer.",
    ONLY_HOSTS,
    COUNTS,
)
def old_host_keeps_its_views(patch: pytest.MonkeyPatch) -> None:
    owners = effect._owners_to_reread

    def taken_on(rec: Record, before: Roster, after: Roster) -> set[str]:
        return {owner for owner in owners(rec, before, after) if rec.hosts(owner)}

    patch.setattr(effect, "_owners_to_reread", taken_on)


@bug("What was told before its grant was heard stays aside when it is.", SHOWN, COUNTS)
def disputed_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(effect, "_disputed", lambda *_: iter(()))


@bug(
    "A node that starts has forgotten what was stated about trust.",
    LOST,
    BY_HAND,
    SAME_ROSTER,
    REASON,
    TELLS,
)
def statements_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Record, "load_trust", lambda _record: None)


@bug("A node is known by its first key for ever.", LOST, "gaps are closed", first=9)
def first_key_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Peer, "key_at", lambda peer, _incarnation: peer.key)


@bug(
    "The newest key of a node is taken for that of its earlier lives.",
    LOST,
    BY_HAND,
    "honest peers are believed",
    first=9,
)
def newest_key_for_all(patch: pytest.MonkeyPatch) -> None:
    def newest(peer: Peer, _incarnation: int) -> bytes:
        return peer.later_keys[-1].key if peer.later_keys else peer.key

    patch.setattr(Peer, "key_at", newest)


# Conflicts


@bug("The list of conflicts forgets what has a strike in its history.", CONFLICTS, first=15)
def conflicts_forget_strikes(patch: pytest.MonkeyPatch) -> None:
    conflict_of = conflicts.conflict_of

    def without_strikes(owner: Any, subject: Any, told: Any, *rest: Any) -> Any:
        history = list(told)
        if any(each.strikes is not None for each in history):
            return None
        return conflict_of(owner, subject, history, *rest)

    patch.setattr(conflicts, "conflict_of", without_strikes)


@bug(
    "What a stand-in had heard when it took over is not looked at: all before it is a conflict.",
    CONFLICTS,
    first=33,
)
def known_is_a_conflict(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(conflicts, "_is_known", lambda *_: False)


# Bugs that were there: the storm found them, and must go on finding them


@bug("What an older program heard about trust is forgotten at the upgrade.", SAME_ROSTER, BY_HAND)
def upgrade_forgets_statements(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(record, "index_missing", lambda *_: None)


@bug(
    "Who shares an epoch with another takes what it tells for the newest.",
    "who may hear the same has the same",
    VERIFY,
    first=75,
)
def own_is_the_newest(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Roster, "is_contended", lambda *_: False)


@bug("What a revoked key has told is weighed in conflicts all the same.", CONFLICTS, first=15)
def revoked_is_weighed(patch: pytest.MonkeyPatch) -> None:
    told_of = conflicts.told_of

    def believing(rec: Record, rows: Any) -> Any:
        standing_now = rec.standing
        rec.standing = standing_now._replace(beyond={})
        try:
            return told_of(rec, rows)
        finally:
            rec.standing = standing_now

    patch.setattr(conflicts, "told_of", believing)
