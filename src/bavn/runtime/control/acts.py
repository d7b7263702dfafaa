# SPDX-License-Identifier: Apache-2.0
"""Carrying out what the command line asks, on a record that is open to write.

Each is one step that is on disk when it ends, or has left nothing. The gate is asked for each, for
the function in which the one who runs the machine acts.
"""

from dataclasses import dataclass
from typing import assert_never

from bavn.journal.chain import Segment
from bavn.journal.journal import Journal
from bavn.journal.kept import EVIDENCE
from bavn.journal.settle import SettleEvidence, mark_of
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, May, Resource, ask
from bavn.kernel.private import Private
from bavn.kernel.refusal import BadInput, Refused
from bavn.runtime import clock
from bavn.runtime.control.words import (
    Answer,
    Invite,
    Invited,
    Key,
    KeyOf,
    No,
    OfRecord,
    Resume,
    Resumed,
    Revoke,
    Revoked,
    Roll,
    Rolled,
    Settle,
    Settled,
    TakeIn,
    TakenIn,
)
from bavn.runtime.folder import Folder
from bavn.runtime.functions import OPERATOR
from bavn.runtime.halt import Halt
from bavn.runtime.joining.invitation import sign_invitation
from bavn.runtime.joining.inviting import invite, state
from bavn.runtime.joining.keys import replace_stolen_key, revoke_key, roll_key

# What each is called at the gate.
ACTS: dict[type[OfRecord], str] = {
    Invite: "journal.invite_node",
    Revoke: "journal.revoke_key",
    Roll: "journal.change_key",
    TakeIn: "journal.take_in_bundle",
    KeyOf: "journal.read_keys",
    Settle: "journal.settle",
    Resume: "journal.resume",
}


@dataclass(frozen=True, slots=True)
class Acting:
    """A folder, what is open of it, and the gate."""

    folder: Folder
    journal: Journal
    may: May


def carried_out(acting: Acting, asked: OfRecord) -> Answer:
    """What came of it; a refusal is an answer."""
    refused = _refused(acting, asked)
    if refused is not None:
        return No(refused)
    try:
        return _carried_out(acting, asked)
    except Halt as halted:
        return No(halted.refused)


def _refused(acting: Acting, asked: OfRecord) -> Refused | None:
    record = acting.journal.record
    hosted = record.roster.hosted_by(record.identity.node)
    # A node that hosts nobody may still take in what is carried to it.
    organisation = hosted[0] if hosted else OrganisationId(record.identity.node)
    actor = Actor(organisation=organisation, function=OPERATOR)
    resource = Resource(owner=organisation)
    answer = ask(acting.may, actor, ACTS[type(asked)], resource, clock.now())
    return answer if isinstance(answer, Refused) else None


def _carried_out(acting: Acting, asked: OfRecord) -> Answer:  # noqa: PLR0911 - each has its answer
    folder, journal = acting.folder, acting.journal
    match asked:
        case Invite(guest=guest):
            invitation = invite(journal, guest, clock.now())
            key = journal.record.identity.key
            return Invited(sign_invitation(invitation, key), invitation.roots)
        case Revoke():
            return Revoked(revoke_key(journal, asked.node, asked.new_key, asked.since))
        case Roll(stolen=stolen):
            roll = replace_stolen_key if stolen else roll_key
            new = roll(folder, journal)
            return Rolled(journal.record.identity.node, new.verify_key.encode().hex())
        case TakeIn(segment=raw):
            return _taken_in(journal, raw)
        case KeyOf(node=node):
            roster = journal.record.roster
            return Key(None if roster.is_cut_off(node) else roster.line_key_of(node))
        case Settle():
            return _settled(journal, asked)
        case Resume():
            were_held = journal.reactor.held
            if were_held:
                journal.reactor.resume()
            return Resumed(were_held, journal.reactor.behind)
        case _:
            assert_never(asked)


def _taken_in(journal: Journal, raw: bytes) -> Answer:
    try:
        merged = journal.merge(Segment.from_bytes(raw))
    except BadInput as bad:
        says = str(bad)
        return No(Refused(code="segment_unreadable", says=says, try_instead="Copy it again."))
    return No(merged) if isinstance(merged, Refused) else TakenIn(merged)


def _settled(journal: Journal, asked: Settle) -> Answer:
    rows = journal.record.store.rows(EVIDENCE, {})
    named = (str(row["id"]) for row in rows if row["settled_by"] is None)
    evidence = next((each for each in named if mark_of(each) == asked.mark), "")
    state(journal, SettleEvidence(evidence=evidence, found=Private(asked.found)))
    return Settled()
