# SPDX-License-Identifier: Apache-2.0
"""What happened to what is kept: held back, delivered, erased, asked to be seen and given.

The organisation tells it to itself alone. Erasing itself is the journal's own fact, told by the
same request that approves it (`journal.key_erased`).
"""

from datetime import date
from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.identity import SUBJECT_CHARACTERS_LIMIT

# So many of each fit well into a fact.
DELIVERED_LIMIT, CHOICES_LIMIT = 400, 300
# What is erased at a time: each is a fact of its own beside the approval, in one request.
ERASED_LIMIT = 50
FILES_LIMIT = 8
Code = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$", max_length=40)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Mark = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
Words = Annotated[str, msgspec.Meta(max_length=200)]


class HoldPlaced(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing of an incident is erased while this stands. What is said of it in words is sealed."""

    hold: str
    reason: Code
    note: Sealed | None = None
    account: str


class HoldLifted(msgspec.Struct, frozen=True, kw_only=True):
    """A hold does not stand any more."""

    hold: str
    account: str


class DeliveredIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident in a package. `mark` differs when anything more has been told about it since."""

    incident: str
    mark: Mark


class PackageDelivered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A package went to an archive, which gave `receipt` for it; or a part of its list of contents.

    About `delivery:<id>`. `digest` is that of the package's list of files.
    """

    package: Annotated[str, msgspec.Meta(max_length=SUBJECT_CHARACTERS_LIMIT)]
    digest: Digest
    receiver: Words
    receipt: Words
    begin: date
    end: date
    part: int
    incidents: Annotated[tuple[DeliveredIncident, ...], msgspec.Meta(max_length=DELIVERED_LIMIT)]
    account: str


class ErasureItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to erase the texts of, and by which rule."""

    subject: str
    rule: Code


class ErasureAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants the texts of these erased; another has to say so too. About `erasure:<id>`."""

    items: Annotated[tuple[ErasureItem, ...], msgspec.Meta(min_length=1, max_length=ERASED_LIMIT)]
    account: str


class ErasureApproved(msgspec.Struct, frozen=True, kw_only=True):
    """A second person said so too; told together with the destruction of each key."""

    count: int
    account: str


class ErasureDropped(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing came of it."""

    account: str


class AccessOpened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asks to see what is kept of an incident, by some law. About `access:<id>`.

    Nothing of the incident is erased until it is over.
    """

    incident: str
    law: Code
    received_on: date
    requester: Sealed | None = None
    account: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a piece: let in where no ground is named, else left out on that ground."""

    piece: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    ground: Annotated[str, msgspec.Meta(pattern="^([a-z][a-z0-9_]*)?$", max_length=40)]


class AccessChosen(msgspec.Struct, frozen=True, kw_only=True):
    """What is let in and what is left out; a later word about a piece holds."""

    choices: Annotated[tuple[Choice, ...], msgspec.Meta(min_length=1, max_length=CHOICES_LIMIT)]
    account: str


class AccessSubmitted(msgspec.Struct, frozen=True, kw_only=True):
    """Everything is decided, and another person is to look. `mark` is of what was read."""

    mark: Mark
    account: str


class AccessReturned(msgspec.Struct, frozen=True, kw_only=True):
    """It goes back to be chosen anew."""

    account: str


class AccessApproved(msgspec.Struct, frozen=True, kw_only=True):
    """A second person has read the same and says so too."""

    mark: Mark
    account: str


class GivenFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was given; its digest is of what stands in it, and of nothing left out."""

    name: str
    digest: Digest
    size: int


class AccessGiven(msgspec.Struct, frozen=True, kw_only=True):
    """The files were given to who asked. `left_out` counts what was left out, by ground."""

    files: Annotated[tuple[GivenFile, ...], msgspec.Meta(max_length=FILES_LIMIT)]
    left_out: dict[str, int]
    account: str


class AccessEnded(msgspec.Struct, frozen=True, kw_only=True):
    """It ended without anything being given: taken back, or refused as a whole."""

    outcome: Code
    account: str


def _kind(name: str, body: type[msgspec.Struct]) -> Kind:
    return Kind(name=f"archive.{name}", version=1, body=body, scopes=frozenset({Scope.OWN}))


KINDS = (
    _kind("hold_placed", HoldPlaced),
    _kind("hold_lifted", HoldLifted),
    _kind("package_delivered", PackageDelivered),
    _kind("erasure_asked", ErasureAsked),
    _kind("erasure_approved", ErasureApproved),
    _kind("erasure_dropped", ErasureDropped),
    _kind("access_opened", AccessOpened),
    _kind("access_chosen", AccessChosen),
    _kind("access_submitted", AccessSubmitted),
    _kind("access_returned", AccessReturned),
    _kind("access_approved", AccessApproved),
    _kind("access_given", AccessGiven),
    _kind("access_ended", AccessEnded),
)
