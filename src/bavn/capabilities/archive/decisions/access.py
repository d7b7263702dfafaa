# SPDX-License-Identifier: Apache-2.0
"""A request to see something: opened, chosen, looked at by a second person, given, ended."""

from collections.abc import Sequence

import msgspec

from bavn.capabilities.archive.decisions.asking import (
    ApproveAccess,
    ChooseAccess,
    EndAccess,
    GiveAccess,
    OpenAccess,
    ReturnAccess,
    SubmitAccess,
)
from bavn.capabilities.archive.decisions.keeping import no_person
from bavn.capabilities.archive.facts import (
    CHOICES_LIMIT,
    AccessApproved,
    AccessChosen,
    AccessEnded,
    AccessGiven,
    AccessOpened,
    AccessReturned,
    AccessSubmitted,
)
from bavn.capabilities.archive.model.standing import Standing
from bavn.capabilities.archive.model.states import ENDINGS, LAWS, MOVES, Access, Move
from bavn.journal.decision import FACTS_PER_REQUEST_LIMIT, Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

Answer = Sequence[Draft] | Refused
CHOICES_PER_REQUEST_LIMIT = CHOICES_LIMIT * FACTS_PER_REQUEST_LIMIT


def open_access(known: Standing, request: OpenAccess, context: Context) -> Answer:
    """Who asks is sealed under the request itself, not under the incident: it outlives the texts.

    What is erased can be asked for too: the answer is then what is left.
    """
    refused = no_person(request.account)
    if refused is not None:
        return refused
    if not known.is_ours:
        return Refused(
            code="access_elsewhere",
            says="The incident is somebody else's.",
            try_instead="Send the request on to the incident's owner.",
        )
    if request.law not in LAWS or not request.requester.reveal().strip():
        return Refused(
            code="access_without_request",
            says="A request has somebody who asks, and a law to ask by.",
            try_instead="Write who asks, and choose the law.",
        )
    body = AccessOpened(
        incident=known.subject.partition(":")[2],
        law=request.law,
        received_on=request.received_on,
        account=request.account,
    )
    return [_about(context.new_id(), body, context, {"requester": request.requester})]


def choose_access(row: Row | None, request: ChooseAccess, context: Context) -> Answer:
    """Any number of pieces, in one go."""
    refused = _stands(row, request.account, Move.CHOOSE)
    if refused is not None:
        return refused
    if not 0 < len(request.choices) <= CHOICES_PER_REQUEST_LIMIT:
        return Refused(
            code="nothing_chosen",
            says="Nothing was chosen.",
            try_instead="Choose for at least one entry or text.",
        )
    starts = range(0, len(request.choices), CHOICES_LIMIT)
    return [
        _about(
            request.access,
            AccessChosen(
                choices=request.choices[start : start + CHOICES_LIMIT], account=request.account
            ),
            context,
        )
        for start in starts
    ]


def submit_access(row: Row | None, request: SubmitAccess, context: Context) -> Answer:
    """Every piece that wants a word has one, and all that is let in can be read."""
    refused = _stands(row, request.account, Move.SUBMIT) or _changed(request.read, request.now)
    if refused is not None:
        return refused
    if request.lacking_count:
        return Refused(
            code="access_undecided",
            says=f"{request.lacking_count} texts are neither let in nor left out on a ground.",
            try_instead="Decide on each, or leave all the rest out on one ground.",
            values={"count": str(request.lacking_count)},
        )
    if request.unreadable_count:
        return Refused(
            code="access_unreadable",
            says=f"{request.unreadable_count} texts are let in and cannot be read.",
            try_instead="State what you read personal data for, or leave them out on a ground.",
            values={"count": str(request.unreadable_count)},
        )
    body = AccessSubmitted(mark=request.now, account=request.account)
    return [_about(request.access, body, context)]


def return_access(row: Row | None, request: ReturnAccess, context: Context) -> Answer:
    """Back to be chosen anew."""
    refused = _stands(row, request.account, Move.RETURN)
    if refused is not None:
        return refused
    return [_about(request.access, AccessReturned(account=request.account), context)]


def approve_access(row: Row | None, request: ApproveAccess, context: Context) -> Answer:
    """Another person than the one who submitted it, who has read what was submitted."""
    refused = _stands(row, request.account, Move.APPROVE)
    if refused is not None:
        return refused
    assert row is not None, "there is one"
    if row["submitted_account"] == request.account:
        return Refused(
            code="access_takes_two",
            says="Whoever submitted it does not approve it.",
            try_instead="Have somebody else with the mandate look at it.",
        )
    changed = _changed(request.read, request.now) or _changed(str(row["mark"]), request.now)
    if changed is not None:
        return changed
    body = AccessApproved(mark=request.now, account=request.account)
    return [_about(request.access, body, context)]


def give_access(row: Row | None, request: GiveAccess, context: Context) -> Answer:
    """What is given is what was approved."""
    refused = _stands(row, request.account, Move.GIVE)
    if refused is not None:
        return refused
    assert row is not None, "there is one"
    changed = _changed(str(row["mark"]), request.now)
    if changed is not None:
        return changed
    body = AccessGiven(files=request.files, left_out=request.left_out, account=request.account)
    return [_about(request.access, body, context)]


def end_access(row: Row | None, request: EndAccess, context: Context) -> Answer:
    """Taken back by who asked, or refused as a whole."""
    refused = _stands(row, request.account, Move.END)
    if refused is not None:
        return refused
    if request.outcome not in ENDINGS:
        return Refused(
            code="access_end_unknown",
            says="It is taken back, or refused as a whole.",
            try_instead="Choose one of the two.",
        )
    body = AccessEnded(outcome=request.outcome, account=request.account)
    return [_about(request.access, body, context)]


def _stands(row: Row | None, account: str, move: Move) -> Refused | None:
    refused = no_person(account)
    if refused is not None:
        return refused
    state = None if row is None else Access(str(row["state"]))
    if state is not None and (state, move) in MOVES:
        return None
    return Refused(
        code="access_stands",
        says="There is no such request, or it does not stand so that this can be done.",
        try_instead="Look at where it stands; what is sent back can be chosen anew.",
    )


def _changed(read: str, now: str) -> Refused | None:
    if read == now:
        return None
    return Refused(
        code="access_changed",
        says="Something was told about the incident, or chosen otherwise, since it was read.",
        try_instead="Read it again. What was submitted is sent back and looked at anew.",
    )


def _about(
    access: str, body: msgspec.Struct, context: Context, seal: dict[str, Private] | None = None
) -> Draft:
    subject = Subject(f"access:{access}")
    return Draft(body=body, about=(subject,), happened_at=context.now, seal=seal or {})
