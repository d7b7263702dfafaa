# SPDX-License-Identifier: Apache-2.0
"""Lists of stations, units and pick lists: received as they are, confirmed by name, then told."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import TypeVar

import msgspec

from bavn.capabilities.organisation.facts import (
    DatedFact,
    ImportApplied,
    ImportConfirmed,
    ImportFaulted,
    ImportKept,
    ImportProblem,
    ImportRead,
    ImportReceived,
    ImportRejected,
    ImportRow,
)
from bavn.capabilities.organisation.model.dated import Held, begins_later
from bavn.capabilities.organisation.model.differences import (
    Sort,
    differences,
    ground_of,
    removal,
    signed_by,
    tellings,
)
from bavn.capabilities.organisation.model.lists import Known, read_list
from bavn.capabilities.organisation.model.received import Received
from bavn.capabilities.organisation.model.settling import (
    BYTES_LIMIT,
    KEPT_BYTES_PER_PIECE,
    PROBLEMS_PER_PIECE,
    REMOVALS_PER_PIECE,
    ROWS_PER_PIECE,
    ApplyImport,
    ImportState,
    ListKind,
    Part,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.kernel.identity import Subject, is_name
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

T = TypeVar("T")
SUBJECT_OF = {
    ListKind.STATIONS: "station",
    ListKind.UNITS: "unit",
    ListKind.PICK_LISTS: "pick_list",
}


class ReceiveImport(msgspec.Struct, frozen=True, kw_only=True):
    """Keep a list as it came, with what was read of it and what is wrong with it."""

    id: str
    what: ListKind
    format: str
    on: date
    size_bytes: int
    digest: str
    # The bytes in base64, in pieces that the vault takes.
    kept: tuple[Private, ...]
    rows: tuple[ImportRow, ...]
    problems: tuple[ImportProblem, ...]


def request_of(
    id_: str, raw: bytes, *, what: ListKind, form: str, on: date, known: Known
) -> ReceiveImport | Refused:
    """What is asked when a list has come in: it is read here, before anybody waits for the disk."""
    if len(raw) > BYTES_LIMIT:
        return Refused(
            code="too_large",
            says=f"The file has {len(raw)} bytes, and {BYTES_LIMIT} are the most.",
            try_instead="Send it in parts.",
            values={"size": str(len(raw)), "limit": str(BYTES_LIMIT)},
        )
    read = read_list(raw, what, form, known)
    pieces = range(0, len(raw), KEPT_BYTES_PER_PIECE)
    return ReceiveImport(
        id=id_,
        what=what,
        format=form,
        on=on,
        size_bytes=len(raw),
        digest=sha256(raw).hexdigest(),
        kept=tuple(
            Private(b64encode(raw[at : at + KEPT_BYTES_PER_PIECE]).decode()) for at in pieces
        ),
        rows=read.rows,
        problems=read.problems,
    )


def list_id(sender: str, ref: str, raw: bytes) -> str:
    """The id of a list that a sender sent under a number: the same at every try."""
    return sha256(f"{sender}/{ref}/".encode() + sha256(raw).digest()).hexdigest()[:16]


class ConfirmImport(msgspec.Struct, frozen=True, kw_only=True):
    """Stand for a list by name. `ground` says which differences the person has seen."""

    id: str
    confirmer: str
    ground: str


class RejectImport(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a list will not be used, and why."""

    id: str
    rejecter: str
    reason: Private


def receive(
    known: Received | None, request: ReceiveImport, context: Context
) -> Sequence[Draft] | Refused:
    """The list as it came, piece by piece; what is wrong with it is kept beside it."""
    if known is not None:
        return _no("already_received", "This list has been received.", "Look it up.", request.id)
    if not is_name(request.id):
        return _no(
            "id_not_in_form",
            "An id has small letters, digits and dashes.",
            "Change it.",
            request.id,
        )
    rows = _pieces(request.rows, ROWS_PER_PIECE)
    problems = _pieces(request.problems, PROBLEMS_PER_PIECE)
    begun = ImportReceived(
        what=request.what,
        format=request.format,
        on=request.on,
        row_count=len(request.rows),
        problem_count=len(request.problems),
        piece_count=len(rows),
        size_bytes=request.size_bytes,
        digest=request.digest,
    )
    about = (Subject(f"import:{request.id}"),)
    drafts = [Draft(body=begun, about=about, happened_at=context.now)]
    drafts += [
        Draft(
            body=ImportKept(piece=n), about=about, happened_at=context.now, seal={"content": each}
        )
        for n, each in enumerate(request.kept)
    ]
    bodies = [
        *(ImportRead(piece=n, rows=each) for n, each in enumerate(rows)),
        *(ImportFaulted(piece=n, problems=each) for n, each in enumerate(problems)),
    ]
    return drafts + [Draft(body=each, about=about, happened_at=context.now) for each in bodies]


def confirm(
    known: Received | None, request: ConfirmImport, context: Context
) -> Sequence[Draft] | Refused:
    """A person stands for the list, as it was when that person looked at it."""
    if known is None:
        return _unknown(request.id)
    if known.state is not ImportState.RECEIVED:
        return _settled(known, request.id)
    if not request.confirmer.strip():
        return _no(
            "no_confirmer",
            "A list is confirmed by a person with a name.",
            "Sign in as yourself, and confirm it again.",
            request.id,
        )
    found = differences(known.current, known.wanted)
    no = _not_confirmable(known, request, ground_of(found, known.on))
    if no is not None:
        return no
    removed = sum(each.sort is Sort.REMOVED for each in found)
    body = ImportConfirmed(
        confirmer=request.confirmer,
        basis=signed_by(request.confirmer, context.actor.function, context.today),
        piece_count=len(_pieces(tuple(known.rows), ROWS_PER_PIECE)),
        removal_count=-(-removed // REMOVALS_PER_PIECE),
    )
    return [Draft(body=body, about=(_subject(request.id),), happened_at=context.now)]


def _not_confirmable(known: Received, request: ConfirmImport, ground: str) -> Refused | None:
    if known.problem_count or not known.rows:
        return _no(
            "import_has_problems",
            f"The list has {known.problem_count} problems.",
            "Mend them where the list is kept, and send it again.",
            request.id,
            count=str(known.problem_count),
        )
    if begins_later(known.told, known.on):
        return _no(
            "later_change_stands",
            f"Something is already told that begins after {known.on}.",
            "Send the list for a day after it.",
            request.id,
            on=known.on.isoformat(),
        )
    if request.ground != ground:
        return _no(
            "ground_changed",
            "What the list changes is not what it was when it was looked at.",
            "Look at the differences again, then confirm.",
            request.id,
        )
    return None


def reject(
    known: Received | None, request: RejectImport, context: Context
) -> Sequence[Draft] | Refused:
    """The list is not used; it is kept, with the reason."""
    if known is None:
        return _unknown(request.id)
    if known.state is not ImportState.RECEIVED:
        return _settled(known, request.id)
    if not request.reason.reveal().strip():
        return _no(
            "no_reason", "A list is rejected for a reason.", "Write it, and try again.", request.id
        )
    draft = Draft(
        body=ImportRejected(rejecter=request.rejecter),
        about=(_subject(request.id),),
        happened_at=context.now,
        seal={"reason": request.reason},
    )
    return [draft]


def apply(
    known: Received | None, request: ApplyImport, context: Context
) -> Sequence[Draft] | Refused:
    """What must be told so that one piece of a confirmed list holds."""
    if known is None:
        return _unknown(request.id)
    if known.state is not ImportState.CONFIRMED:
        return _no(
            "import_not_confirmed", "Nobody has confirmed it.", "Have it confirmed.", request.id
        )
    told = _removals(known) if request.part is Part.REMOVALS else _rows(known)
    kind = SUBJECT_OF[known.what]
    drafts = [
        Draft(body=body, about=(Subject(f"{kind}:{id_}"),), happened_at=context.now)
        for id_, body in told
    ]
    applied = ImportApplied(part=request.part, piece=request.piece)
    return [*drafts, Draft(body=applied, about=(_subject(request.id),), happened_at=context.now)]


def _rows(known: Received) -> list[tuple[str, DatedFact]]:
    of: dict[str, list[Held[DatedFact]]] = {}
    for each in known.told:
        of.setdefault(each.id, []).append(each)
    return [
        (id_, body)
        for id_, wanted in known.wanted.items()
        for body in tellings(known.owner, of.get(id_, ()), wanted)
    ]


def _removals(known: Received) -> list[tuple[str, DatedFact]]:
    """The first of what is still there and not on the list."""
    found = differences(known.current, known.wanted)
    gone = [each for each in found if each.sort is Sort.REMOVED][:REMOVALS_PER_PIECE]
    told: list[tuple[str, DatedFact]] = []
    for each in gone:
        assert each.before is not None, "what is removed was there"
        own = [held for held in known.told if held.id == each.id]
        told.append((each.id, removal(known.owner, own, each.before, known.on, known.basis)))
    return told


def _pieces(every: tuple[T, ...], size: int) -> list[tuple[T, ...]]:
    return [every[start : start + size] for start in range(0, len(every), size)]


def _subject(id_: str) -> Subject:
    return Subject(f"import:{id_}")


def _unknown(id_: str) -> Refused:
    return _no("no_such_import", "There is no such list here.", "Look at the lists.", id_)


def _settled(known: Received, id_: str) -> Refused:
    return _no(
        "import_settled",
        f"The list was {known.state} before.",
        "Send it anew, if it should be looked at again.",
        id_,
        state=known.state,
    )


def _no(code: str, says: str, try_instead: str, id_: str, **values: str) -> Refused:
    return Refused(code=code, says=says, try_instead=try_instead, values={"id": id_, **values})
