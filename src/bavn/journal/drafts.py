# SPDX-License-Identifier: Apache-2.0
"""What a decision promises about its drafts, and to whom a draft is told by its kind."""

from collections.abc import Sequence
from typing import NoReturn

from bavn.journal.fact import SUBJECTS_LIMIT, Draft
from bavn.journal.kinds import Kind, Struck
from bavn.journal.vault import PRIVATE_BYTES_LIMIT
from bavn.kernel.audience import NATION, OWN, Audience, Scope, area, to
from bavn.kernel.identity import is_name, is_subject
from bavn.kernel.refusal import BrokenPromise, Refused


def audiences(kind: Kind, draft: Draft) -> Sequence[Audience]:
    """To whom a draft is told."""
    if draft.audiences is not None:
        return draft.audiences
    if kind.everywhere is not None:
        return kind.everywhere
    found = []
    if Scope.NATION in kind.scopes:
        found.append(NATION)
    if Scope.AREA in kind.scopes and draft.area is not None:
        found.append(area(draft.area))
    if Scope.TO in kind.scopes:
        found += [to(organisation) for organisation in draft.to]
    if Scope.OWN in kind.scopes or not found:
        found.append(OWN)
    return found


def check_draft(kind: Kind, draft: Draft, *, alarm: bool) -> None:
    """Hold a decision to what it promises about its drafts."""
    about, scopes, strike = draft.about, kind.scopes, draft.audiences is not None
    if alarm and not kind.alarm:
        _broken(kind, "every fact of an alarm decision is of an alarm kind")
    if not 1 <= len(about) <= SUBJECTS_LIMIT or len(set(about)) != len(about):
        _broken(kind, "a fact has one to sixteen different subjects")
    for subject in about:
        if not is_subject(subject):
            _broken(kind, "a subject is a type, a colon and an id")
    if strike and kind.body is not Struck:
        _broken(kind, "only a strike names its audiences")
    if not strike and (draft.area is not None) != (Scope.AREA in scopes):
        _broken(kind, "an area is given exactly for kinds told to one")
    if draft.to and Scope.TO not in scopes:
        _broken(kind, "organisations are given only for kinds told to them")
    if draft.area is not None and not is_name(draft.area):
        _broken(kind, "audiences name organisations")
    if draft.to and not all(map(is_name, draft.to)):
        _broken(kind, "audiences name organisations")


def _broken(kind: Kind, promise: str) -> NoReturn:
    msg = f"{kind.name}: {promise}"
    raise BrokenPromise(msg)


def too_long_to_seal(draft: Draft) -> Refused | None:
    """The refusal of a text that is longer than one that is kept; None when none is."""
    for name, text in draft.seal.items():
        size = len(text.reveal().encode())
        if size > PRIVATE_BYTES_LIMIT:
            return too_long(name, size, PRIVATE_BYTES_LIMIT)
    return None


def too_long(what: str, size: int, limit: int) -> Refused:
    """The refusal of what is too long, by how much."""
    return Refused(
        code="too_long",
        says=f"{what} is {size - limit} bytes longer than the {limit} that are kept.",
        try_instead="Split it into several reports; nothing was cut.",
        values={"what": what, "over": str(size - limit), "limit": str(limit)},
    )
