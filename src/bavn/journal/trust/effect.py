# SPDX-License-Identifier: Apache-2.0
"""What a change of the roster does to what was heard before: exactly that is read anew.

It happens in the transaction that heard of the change, before it ends. A grant lifts what was set
aside for want of it; a host's views of its own are made or emptied; what a revoked key signed is
set aside. All else stays as it is.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bavn.journal.chain import Segment
from bavn.journal.fact import read_fact
from bavn.journal.kept import META, SET_ASIDE, WAITING
from bavn.journal.roster import Roster
from bavn.journal.trust.standing import Standing
from bavn.kernel.audience import NATION
from bavn.kernel.refusal import BadInput

if TYPE_CHECKING:
    from bavn.journal.record import Record, Transaction

# Subjects looked up at a time.
SUBJECTS_PER_TURN = 512
# Subjects read anew before what came of it is handed to the store. What is pending is searched for
# each of them, so that few are quicker than many.
SUBJECTS_PER_FLUSH = 16
_Subject = tuple[str, str]


def take_effect(record: "Record", pending: "Transaction", before: Standing) -> None:
    """Read anew what the change from `before` to the record's present standing concerns."""
    subjects = {*_concerned(record, before)}
    for count, (owner, subject) in enumerate(sorted(subjects), 1):
        record.reread(pending, owner, subject)
        if count % SUBJECTS_PER_FLUSH == 0:
            pending.flush()
    pending.touched |= subjects
    _note_own_key(record, pending)
    _drop_what_waits(record, pending)
    was = f"{record.catalogue.fingerprint} {before.roster.grants_fingerprint}"
    if record.meta("fingerprint") == was:
        pending.put(META, {"name": "fingerprint", "value": record.fingerprint})
    pending.flush()


def _concerned(record: "Record", before: Standing) -> Iterator[_Subject]:
    """Owners and subjects that may read differently now."""
    after = record.standing
    owners = _owners_to_reread(record, before.roster, after.roster)
    for owner in owners:
        yield from _subjects_of(record, owner)
    for grant in after.roster.grants - before.roster.grants:
        if grant.owner not in owners:
            says = record.dispute(grant.node, grant.owner, grant.epoch)
            yield from _disputed(record, says)
    for channel in before.beyond.keys() | after.beyond.keys():
        changed = before.beyond.get(channel, frozenset()) ^ after.beyond.get(channel, frozenset())
        for position in changed:
            yield from _about(record, position)
    for key, kept in after.kept.items():
        if before.roster.unheeded.get(key) != after.roster.unheeded.get(key):
            yield from _about(record, kept.position)


def _owners_to_reread(record: "Record", before: Roster, after: Roster) -> set[str]:
    """Owners of which a grant was taken back or narrowed, or which this node hosts from now on.

    Or no longer.
    """
    here, found = record.identity.node, set[str]()
    for owner in {grant.owner for grant in before.grants | after.grants}:
        is_hosted = after.epoch_at(here, owner) is not None
        if is_hosted != (before.epoch_at(here, owner) is not None):
            found.add(owner)
    for grant in before.grants:
        place = (grant.node, grant.owner, grant.epoch)
        if after.spans_of(*place) != before.spans_of(*place):
            found.add(grant.owner)
    return found


def _subjects_of(record: "Record", owner: str) -> Iterator[_Subject]:
    last = ""
    while found := record.store.subjects_after(owner, last, SUBJECTS_PER_TURN):
        own = [each for each in found if each[0] == owner]
        yield from own
        if len(own) < len(found):
            return
        last = found[-1][1]


def _disputed(record: "Record", says: str) -> Iterator[_Subject]:
    for row in record.store.rows(SET_ASIDE, {"sort": "disputed", "says": says}):
        position = row["position"]
        assert isinstance(position, int)
        yield from _about(record, position)


def _about(record: "Record", position: int) -> Iterator[_Subject]:
    (row,) = record.store.facts_after(position - 1, 1)
    try:
        fact = read_fact(row.raw).fact
    except BadInput:
        return
    yield from ((fact.owner, subject) for subject in fact.about)


def key_counts_after(record: "Record") -> int | None:
    """The incarnation after which a node's own key counts; None when it counts now, or never."""
    peer = record.roster.peers.get(record.identity.node)
    mine = record.identity.key.verify_key.encode()
    if peer is None or peer.key_at(record.incarnation) == mine:
        return None
    since = [each.incarnation for each in peer.later_keys if each.key == mine]
    return since[-1] if since and since[-1] > record.incarnation else None


def _note_own_key(record: "Record", pending: "Transaction") -> None:
    """Have a person see that the key of this node itself is believed no more.

    Runbook for evidence `own_key_revoked`. It means: the node above, or where trust begins, has
    said that somebody else may have this node's key. What still works: everything here, alarms
    included, and hearing; but what this node tells is refused everywhere until it goes on with a
    new key. Do: find out how the key was lost. Then `bavn node roll-key --stolen`, and have the
    node above name the new key.
    """
    own = record.own_channel(NATION)
    believed = record.roster.believed_of(own)
    if believed is None:
        return
    record.note_evidence(
        pending,
        sort="own_key_revoked",
        what=own.text(),
        channel=own.text(),
        sequence=believed,
        says=f"others believe it up to {believed}",
        at_ms=record.clock.last.ms,
    )


def _drop_what_waits(record: "Record", pending: "Transaction") -> None:
    """What waits for a gap to close is not waited for beyond what is believed."""
    for name, channel in (record.channels | pending.channels).items():
        believed = record.roster.believed_of(name)
        if believed is None or name.node == record.identity.node:
            continue
        for row in record.store.rows(WAITING, {"channel": channel.key}):
            raw = row["raw"]
            assert isinstance(raw, bytes)
            if Segment.from_bytes(raw).last > believed:
                pending.remove(WAITING, WAITING.key_of(row))
        announced = max(channel.sequence, min(channel.announced, believed))
        if announced != channel.announced:
            record.change(pending, channel._replace(announced=announced))
