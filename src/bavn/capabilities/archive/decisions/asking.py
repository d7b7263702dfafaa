# SPDX-License-Identifier: Apache-2.0
"""What can be asked about what is kept."""

from datetime import date

import msgspec

from bavn.capabilities.archive.facts import Choice, DeliveredIncident, GivenFile
from bavn.kernel.private import Private


class PlaceHold(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an incident back from being erased, for a reason."""

    incident: str
    reason: str
    note: Private
    account: str


class LiftHold(msgspec.Struct, frozen=True, kw_only=True):
    """Let a hold go."""

    incident: str
    hold: str
    account: str


class DeliverPackage(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a package of this node went to an archive, which gave a receipt."""

    package: str
    digest: str
    receiver: str
    receipt: str
    begin: date
    end: date
    incidents: tuple[DeliveredIncident, ...]
    account: str


class AskErasure(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the texts of these to be erased, by the country's rules."""

    subjects: tuple[str, ...]
    account: str


class ApproveErasure(msgspec.Struct, frozen=True, kw_only=True):
    """Say so too: then they are erased."""

    erasure: str
    account: str


class DropErasure(msgspec.Struct, frozen=True, kw_only=True):
    """Have nothing come of it."""

    erasure: str
    account: str


class OpenAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Take in that somebody asks to see what is kept of an incident."""

    incident: str
    law: str
    received_on: date
    requester: Private
    account: str


class ChooseAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Let pieces in, or leave them out on a ground."""

    access: str
    choices: tuple[Choice, ...]
    account: str


class SubmitAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Have another person look. `read` marks what was read and `now` what there is.

    `lacking_count` is of pieces that nobody has decided on, `unreadable_count` of texts that are
    let in and cannot be read.
    """

    access: str
    read: str
    now: str
    lacking_count: int
    unreadable_count: int
    account: str


class ReturnAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Send it back to be chosen anew."""

    access: str
    account: str


class ApproveAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Say so too, having read the same."""

    access: str
    read: str
    now: str
    account: str


class GiveAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Say that these files were given to who asked."""

    access: str
    now: str
    files: tuple[GivenFile, ...]
    left_out: dict[str, int]
    account: str


class EndAccess(msgspec.Struct, frozen=True, kw_only=True):
    """End it without anything being given."""

    access: str
    outcome: str
    account: str
