# SPDX-License-Identifier: Apache-2.0
"""The words of the HTTPS line that both ends know.

`POST /peers/v1/hello` gives a challenge; `…/stream` with the proof of it gives the stream, whose
first frame is the session's key. With that: `…/tell`, `…/ask` (answered in the body) and `…/answer`
to what was asked over the stream.
"""

from collections.abc import Callable

from bavn.kernel.identity import NodeId, World

PATH = "/peers/v1"
NODE, CHALLENGE, PROOF = "x-bavn-node", "x-bavn-challenge", "x-bavn-proof"
SESSION, TO, NUMBER = "x-bavn-session", "x-bavn-to", "x-bavn-number"
TIMEOUT_MS, NOBODY = "x-bavn-timeout-ms", "x-bavn-nobody"

OK, NOTHING_TO_SAY = 200, 204
UNKNOWN_SESSION, NOT_PROVED, NO_WAY, TOO_LARGE, TOO_MUCH = 401, 403, 404, 413, 503
NO_ANSWER = 504

KEY_BYTES = 32
# The stream says something each second; three silent ones are a dead line.
BEAT_S, SILENCE_S = 1.0, 3.0
# Letters go out in pieces, so that a narrow line is told from a dead one.
PIECE_BYTES = 16 * 1024
# Nobody waits longer for an answer: the door gives up a request after a minute.
ASK_S_LIMIT = 50.0

# Signs a text with the node's own key; and whether it is a node's signature of a text.
Prove = Callable[[bytes], bytes]
IsProof = Callable[[NodeId, bytes, bytes], bool]


def to_be_proved(world: World, parent: NodeId, child: NodeId, challenge: bytes) -> bytes:
    """What a child signs: good for this one stream, at this one parent, and for nothing else."""
    return b"\0".join((b"bavn line v1", world.encode(), parent.encode(), child.encode(), challenge))
