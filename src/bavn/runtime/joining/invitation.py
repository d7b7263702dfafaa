# SPDX-License-Identifier: Apache-2.0
"""An invitation: a file by which a parent takes a node in, and which proves itself.

It holds what was stated about trust, in the segments in which it was signed. The one who is invited
checks all of it from the root's keys on, and the root's keys by their fingerprint, which a person
gets by another way than the file: by telephone, or on paper. It holds no secret.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from bavn.journal.chain import Segment
from bavn.journal.fact import Count
from bavn.journal.roster import Peer as RosterPeer
from bavn.journal.roster import Roster, roster_of
from bavn.journal.trust.proof import proven
from bavn.journal.trust.statements import KeyText
from bavn.kernel.identity import NodeId, World
from bavn.kernel.instants import Instant
from bavn.kernel.refusal import BadInput
from bavn.runtime.halt import Halt, halt
from bavn.runtime.peers.lines_file import LineEntry

_SIGNED_AS = b"bavn invitation 1\n"
# What a country has stated about trust in ten years: some thousand statements of a kilobyte, and
# what was told beside them until the next signature.
INVITATION_BYTES_LIMIT = 64 * 1024 * 1024
# Half of a SHA-256: nobody finds another key with the same, and a person can read it out.
_FINGERPRINT_DIGITS = 32
_GROUP_DIGITS = 4


class Invitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may join under whom, and until when; the root's keys, the proof, and the lines."""

    world: World
    node: NodeId
    key: KeyText
    parent: NodeId
    # The incarnation of the parent whose key has signed.
    incarnation: Count
    made_at: Instant
    valid_from: Instant
    valid_to: Instant | None
    roots: dict[NodeId, KeyText]
    lines: tuple[LineEntry, ...]
    proof: tuple[str, ...]


class _Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    # As it stands: what is signed is these bytes.
    invitation: msgspec.Raw
    signature: str


def sign_invitation(invitation: Invitation, key: SigningKey) -> bytes:
    """The file, signed by the parent."""
    raw = msgspec.json.encode(invitation)
    signature = key.sign(_SIGNED_AS + raw).signature.hex()
    return msgspec.json.encode(_Signed(invitation=msgspec.Raw(raw), signature=signature)) + b"\n"


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as it was read, before anything of it is believed."""

    invitation: Invitation
    raw: bytes
    signature: bytes

    def segments(self) -> list[Segment]:
        """The proof; BadInput when it is none."""
        return [Segment.from_bytes(text.encode()) for text in self.invitation.proof]


def read_invitation(path: Path) -> Read:
    """The invitation in a file; halts when it holds none."""
    try:
        size = path.stat().st_size
        if size > INVITATION_BYTES_LIMIT:
            raise _unreadable(path, f"{size} bytes, and {INVITATION_BYTES_LIMIT} are the most")
        signed = msgspec.json.decode(path.read_bytes(), type=_Signed)
        raw = bytes(signed.invitation)
        invitation = msgspec.json.decode(raw, type=Invitation)
        return Read(invitation=invitation, raw=raw, signature=bytes.fromhex(signed.signature))
    except FileNotFoundError as error:
        raise _unreadable(path, "there is no such file") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error


def fingerprint_of(roots: Mapping[NodeId, str]) -> str:
    """What a person compares: digits in groups, the same for the same names and keys.

    >>> fingerprint_of({NodeId("nation"): "00" * 32})
    '96d5 9efc c4e2 a2b5 1d5f 5a2d 3b5c 5e4c'
    """
    text = "".join(f"{node} {key}\n" for node, key in sorted(roots.items()))
    digits = sha256(b"bavn root 1\n" + text.encode()).hexdigest()[:_FINGERPRINT_DIGITS]
    groups = range(0, _FINGERPRINT_DIGITS, _GROUP_DIGITS)
    return " ".join(digits[at : at + _GROUP_DIGITS] for at in groups)


def check_fingerprint(invitation: Invitation, typed: str | None) -> None:
    """Halt unless a person has compared the fingerprint of the root."""
    here = fingerprint_of(invitation.roots)
    roots = ", ".join(sorted(invitation.roots))
    if typed is None:
        raise halt(
            "fingerprint_needed",
            f"The invitation says that trust begins at {roots}, with the fingerprint {here}.",
            "Ask there by telephone what it is, and give what they say with --fingerprint.",
            roots=roots,
            fingerprint=here,
        )
    if _digits(typed) != _digits(here):
        raise halt(
            "wrong_root",
            f"The invitation has another root: its fingerprint is {here}.",
            "Do not join with it. Ask the one who sent it, by telephone, for another.",
            fingerprint=here,
        )


def _digits(text: str) -> str:
    return "".join(text.lower().replace(":", " ").replace("-", " ").split())


def roster_in(read: Read, path: Path) -> Roster:
    """The roster that the proof comes to, once the parent's signature under it is found true."""
    invitation = read.invitation
    roots = [
        RosterPeer(node=node, key=bytes.fromhex(key)) for node, key in invitation.roots.items()
    ]
    try:
        segments = read.segments()
    except BadInput as error:
        raise _unreadable(path, str(error)) from error
    roster = proven(roster_of(roots, (), invitation.roots), invitation.world, segments)
    key = roster.key_of(invitation.parent, invitation.incarnation)
    if key is None or roster.is_cut_off(invitation.parent) or not _is_signed(read, key):
        raise halt(
            "invitation_not_signed",
            f"The invitation does not bear the signature of {invitation.parent}, or nobody above"
            " vouches for that node.",
            "Do not join with it. Ask the one who sent it, by telephone, for another.",
            parent=invitation.parent,
        )
    return roster


def _is_signed(read: Read, key: bytes) -> bool:
    try:
        VerifyKey(key).verify(_SIGNED_AS + read.raw, read.signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def check_time(invitation: Invitation, now: datetime) -> None:
    """Halt before an invitation holds, and after it has run out."""
    valid_from, valid_to = invitation.valid_from, invitation.valid_to
    if now < valid_from:
        raise halt(
            "invitation_too_early",
            f"The invitation holds from {valid_from:%Y-%m-%d %H:%M}Z.",
            "Wait until then, or look at this machine's clock.",
            since=f"{valid_from:%Y-%m-%d %H:%M}Z",
        )
    if valid_to is not None and now > valid_to:
        raise halt(
            "invitation_expired",
            f"The invitation held until {valid_to:%Y-%m-%d %H:%M}Z.",
            "Ask the one who sent it for another.",
            until=f"{valid_to:%Y-%m-%d %H:%M}Z",
        )


def _unreadable(path: Path, fault: str) -> Halt:
    return halt(
        "invitation_unreadable",
        f"{path} is no invitation: {fault}.",
        "Have it sent again, as it was made.",
        path=path,
        fault=fault,
    )


def proof_texts(segments: Sequence[Segment]) -> tuple[str, ...]:
    """Segments as they stand in an invitation."""
    return tuple(each.to_bytes().decode() for each in segments)
