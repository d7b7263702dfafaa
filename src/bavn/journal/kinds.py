# SPDX-License-Identifier: Apache-2.0
"""Kinds of facts: name, version, body and audience, declared once.

Every version is read for ever.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bavn.journal.fact import Fact, Sealed
from bavn.journal.sharing import FactHanded, KeyShared, TextShared, WrapKeyOffered
from bavn.journal.trust.statements import (
    ClaimSettled,
    Granted,
    KeyChanged,
    KeyRevoked,
    KeyRevokedV1,
    NodeJoined,
    StandInEnded,
    StandInNamed,
)
from bavn.kernel.audience import NATION, OWN, Audience, Scope, scope_of
from bavn.kernel.identity import FactId
from bavn.kernel.refusal import BrokenPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """An earlier version of a kind: its body, and how it is read today."""

    body: type[msgspec.Struct]
    read_as: Callable[[Any], msgspec.Struct]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What can have happened, and who is told.

    `alarm` marks what must get through when all else is refused: no permission stops it, and it may
    use the space that is reserved on the disk. `for_stand_in` marks what a stand-in would need to
    go on: it is told to those who stand in for the owner as well, with its texts. `ends_sharing`
    marks the end of what its subject's texts were shared for.
    """

    name: str
    version: int
    body: type[msgspec.Struct]
    scopes: frozenset[Scope]
    alarm: bool = False
    for_stand_in: bool = False
    ends_sharing: bool = False
    older: Mapping[int, Older] = field(default_factory=dict)
    # The audiences of every fact of this kind; None where each fact names its own.
    everywhere: tuple[Audience, ...] | None = field(init=False)

    def __post_init__(self) -> None:
        """Note the audiences, where they are the same for every fact of the kind."""
        narrow = self.scopes & {Scope.AREA, Scope.TO}
        wide = [audience for audience in (NATION, OWN) if scope_of(audience) in self.scopes]
        object.__setattr__(self, "everywhere", None if narrow else tuple(wide))


class Struck(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier fact of the same owner does not count; it stays, visibly struck through."""

    fact: FactId
    reason: Sealed | None = None


class KeyErased(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the vault was destroyed, and with it all that it sealed."""

    key: str
    ground: str


class EvidenceSettled(msgspec.Struct, frozen=True, kw_only=True):
    """A person has looked at a piece of evidence, and said what was found."""

    evidence: str
    found: Sealed | None = None


EVERY_SCOPE = frozenset(Scope)
# A strike follows the fact that it strikes to the same audiences, so it is declared for all of
# them.
STRUCK = Kind(name="journal.struck", version=1, body=Struck, scopes=EVERY_SCOPE)
# Told to whoever was given the key, so that it is destroyed there too.
KEY_ERASED = Kind(
    name="journal.key_erased",
    version=1,
    body=KeyErased,
    scopes=frozenset({Scope.OWN}),
    for_stand_in=True,
)
EVIDENCE_SETTLED = Kind(
    name="journal.evidence_settled",
    version=1,
    body=EvidenceSettled,
    scopes=frozenset({Scope.OWN}),
)
# Who is who: every node has to come to the same roster, so all of it is told to the nation.
KEY_REVOKED = Kind(
    name="journal.key_revoked",
    version=2,
    body=KeyRevoked,
    scopes=frozenset({Scope.NATION}),
    older={
        1: Older(body=KeyRevokedV1, read_as=lambda old: KeyRevoked(**msgspec.structs.asdict(old)))
    },
)
TRUST_KINDS = (
    KEY_REVOKED,
    *(
        Kind(name=f"journal.{name}", version=1, body=body, scopes=frozenset({Scope.NATION}))
        for name, body in (
            ("node_joined", NodeJoined),
            ("granted", Granted),
            ("stand_in_named", StandInNamed),
            ("stand_in_ended", StandInEnded),
            ("claim_settled", ClaimSettled),
            ("key_changed", KeyChanged),
        )
    ),
)
TRUST_KIND_NAMES = frozenset(kind.name for kind in TRUST_KINDS)
WRAP_KEY_OFFERED = Kind(
    name="journal.wrap_key_offered",
    version=1,
    body=WrapKeyOffered,
    scopes=frozenset({Scope.NATION}),
)
KEY_SHARED = Kind(
    name="journal.key_shared", version=1, body=KeyShared, scopes=frozenset({Scope.TO})
)
TEXT_SHARED = Kind(
    name="journal.text_shared", version=1, body=TextShared, scopes=frozenset({Scope.TO})
)
FACT_HANDED = Kind(
    name="journal.fact_handed", version=1, body=FactHanded, scopes=frozenset({Scope.TO})
)
# What a node that hears it has to act on in its vault.
VAULT_KIND_NAMES = frozenset(
    kind.name for kind in (WRAP_KEY_OFFERED, KEY_SHARED, TEXT_SHARED, KEY_ERASED)
)
JOURNAL_KINDS = (
    STRUCK,
    KEY_ERASED,
    EVIDENCE_SETTLED,
    *TRUST_KINDS,
    WRAP_KEY_OFFERED,
    KEY_SHARED,
    TEXT_SHARED,
    FACT_HANDED,
)


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A fact that this version of the program cannot read.

    Kept, passed on, and tried again after an upgrade.
    """

    reason: str


class Kinds:
    """All kinds that this node understands."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._by_body: dict[type[msgspec.Struct], Kind] = {}
        self._readers: dict[tuple[str, int], Callable[[msgspec.Raw], msgspec.Struct]] = {}
        for kind in (*JOURNAL_KINDS, *kinds):
            self._add(kind)

    def _add(self, kind: Kind) -> None:
        if kind.body in self._by_body or (kind.name, kind.version) in self._readers:
            msg = f"{kind.name} version {kind.version} is declared twice"
            raise BrokenPromise(msg)
        if set(kind.older) != set(range(1, kind.version)):
            msg = f"{kind.name} version {kind.version} must say how each earlier version is read"
            raise BrokenPromise(msg)
        self._by_body[kind.body] = kind
        self._readers[kind.name, kind.version] = msgspec.json.Decoder(kind.body).decode
        for version, older in kind.older.items():
            self._readers[kind.name, version] = _older_reader(older)

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._by_body.values())

    def of(self, body: msgspec.Struct) -> Kind:
        """The kind of a body; one that nobody declared is our bug."""
        return self.of_body_type(type(body))

    def of_body_type(self, body: type[msgspec.Struct]) -> Kind:
        """The kind whose newest version has this body; one that nobody declared is our bug."""
        kind = self._by_body.get(body)
        if kind is None:
            msg = f"{body.__name__} is the body of no declared kind"
            raise BrokenPromise(msg)
        return kind

    def read(self, fact: Fact) -> msgspec.Struct | NotUnderstood:
        """The body of a fact in its newest version, or why it is not understood yet."""
        reader = self._readers.get((fact.kind, fact.version))
        if reader is None:
            return NotUnderstood(f"unknown kind {fact.kind} version {fact.version}")
        try:
            return reader(fact.body)
        except (msgspec.MsgspecError, RecursionError) as error:
            return NotUnderstood(f"{fact.kind} version {fact.version}: {error}")

    def fingerprint(self) -> list[str]:
        """What is understood, as text.

        A change means that set-aside facts are worth another reading.
        """
        return sorted(f"{name}.{version}" for name, version in self._readers)


def _older_reader(older: Older) -> Callable[[msgspec.Raw], msgspec.Struct]:
    decode = msgspec.json.Decoder(older.body).decode
    return lambda raw: older.read_as(decode(raw))
