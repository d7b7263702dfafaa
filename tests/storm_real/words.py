# SPDX-License-Identifier: Apache-2.0
"""What the one who makes the storm and a node say to each other, a line of JSON each."""

from typing import Literal

import msgspec

from bavn.kernel.identity import NodeId, OrganisationId
from bavn.runtime.peers.overview import NodeSeen

Sort = Literal["report", "send", "note", "ask"]


class Tell(msgspec.Struct, frozen=True, kw_only=True, tag="tell"):
    """Have something written. The number is the officer's own: a repeat bears it again."""

    ref: str
    sort: Sort
    owner: OrganisationId
    area: OrganisationId
    fire: str
    canary: str
    crews: int = 0
    of: OrganisationId = OrganisationId("")


class Look(msgspec.Struct, frozen=True, kw_only=True, tag="look"):
    """Say what you have and whom you hear; `all` of what you can say of others as well."""

    number: int
    all: bool = False


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag="stop"):
    """End in good order."""


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """The node is open, and its lines are tried."""


class Told(msgspec.Struct, frozen=True, kw_only=True, tag="told"):
    """The disk has it: which facts, and whether it had been there before."""

    ref: str
    facts: tuple[str, ...]
    repeated: bool


class NotTold(msgspec.Struct, frozen=True, kw_only=True, tag="not_told"):
    """It was refused, or it failed."""

    ref: str
    why: str


class Seen(msgspec.Struct, frozen=True, kw_only=True, tag="seen"):
    """What a node has and whom it hears.

    `heads` by channel; `heard_s` when each other node was heard by its own letters, on the rising
    clock that all processes of a machine share; `latest_ms` how old the last value of each other
    node's unit is.
    """

    number: int
    heads: dict[str, int]
    heard_s: dict[NodeId, float]
    latest_ms: dict[str, int]
    nodes: tuple[NodeSeen, ...] = ()


Asked = Tell | Look | Stop
Said = Ready | Told | NotTold | Seen
encode = msgspec.json.encode
decode_asked = msgspec.json.Decoder(Asked).decode
decode_said = msgspec.json.Decoder(Said).decode
