# SPDX-License-Identifier: Apache-2.0
"""What a node has, in a small file that it signs: so that a bundle for it holds only what it lacks.

It is signed and not sealed: it names channels and counts entries, and says nothing of what is in
them. One that is old makes a bundle larger than it need be, and never wrong.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from bavn.journal.fact import Count
from bavn.journal.record import Identity
from bavn.kernel.identity import NodeId, World
from bavn.kernel.instants import Instant
from bavn.runtime.halt import Halt, halt

# A line for each channel of each node since each restore; some thousands at most.
HAVE_BYTES_LIMIT = 4 * 1024 * 1024
_SIGNED_AS = b"bavn have 1\n"


class Have(msgspec.Struct, frozen=True, kw_only=True):
    """The last number that a node holds of each channel, at an instant."""

    world: World
    node: NodeId
    at: Instant
    have: Mapping[str, Count]


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    signature: str
    have: Have


def sign_have(identity: Identity, key: SigningKey, have: Mapping[str, int], at: Instant) -> bytes:
    """What this node has, for people to read and for another node to believe.

    It is signed with the key that others know this node's letters by.
    """
    said = Have(world=identity.world, node=identity.node, at=at, have=have)
    signature = _signature(key, said)
    raw = msgspec.json.encode(_Signed(signature=signature, have=said))
    return msgspec.json.format(raw, indent=1) + b"\n"


def _signature(key: SigningKey, said: Have) -> str:
    return key.sign(_SIGNED_AS + msgspec.json.encode(said)).signature.hex()


def read_have(path: Path, world: World, node: NodeId, key: VerifyKey) -> Have:
    """What the node said that it has; halts when the file is not its own word."""
    with path.open("rb") as file:
        raw = file.read(HAVE_BYTES_LIMIT + 1)
    try:
        signed = msgspec.json.decode(raw[:HAVE_BYTES_LIMIT], type=_Signed)
        said = signed.have
        signature = bytes.fromhex(signed.signature)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _not_its_word(path, node) from error
    if (said.world, said.node) != (world, node):
        raise halt(
            "have_of_another",
            f"{path} says what {said.node} has in the world {said.world}.",
            f"Give the file that {node} made in the world {world} with `bavn bundle have`.",
            path=path,
            of=said.node,
            of_world=said.world,
            node=node,
            world=world,
        )
    try:
        key.verify(_SIGNED_AS + msgspec.json.encode(said), signature)
    except (BadSignatureError, ValueError, TypeError) as error:
        raise _not_its_word(path, node) from error
    return said


def _not_its_word(path: Path, node: NodeId) -> Halt:
    return halt(
        "have_not_signed",
        f"{path} does not bear the signature of {node}, or is not whole.",
        "Fetch it anew, or export without --have: the bundle gets larger and nothing is missing.",
        path=path,
        node=node,
    )
