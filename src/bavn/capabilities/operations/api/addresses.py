# SPDX-License-Identifier: Apache-2.0
"""Addresses over the programming interface: what a typed text may mean, looked up on this node."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from bavn.capabilities.operations.api.given import RoomGiven
from bavn.frame.addresses import FOUND_LIMIT, AddressRegister, FoundAddress

# A list under a field shows eight; a program may look a little further.
FOUND_LIMIT_MOST = 50
Text = Annotated[str, QueryParameter(name="q", min_length=1, max_length=120)]
Code = Annotated[str | None, QueryParameter(pattern="^[0-9]{4}$")]
Limit = Annotated[int, QueryParameter(ge=1, le=FOUND_LIMIT_MOST)]


class AddressList(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses, the likeliest first, and the register they stand in; None where there is none."""

    items: Sequence[FoundAddress]
    register: AddressRegister | None


@get(
    "/api/v1/addresses",
    opt={"act": "operations.read_places"},
    summary="Addresses that a text may mean, by the node's own register",
)
async def find_addresses(
    operations: RoomGiven, *, text: Text, municipality: Code = None, limit: Limit = FOUND_LIMIT
) -> AddressList:
    """In any tolerated spelling, from the beginning of a name on; those of a municipality first."""
    found = operations.addresses.find(text, municipality=municipality, limit=limit)
    return AddressList(items=found, register=operations.addresses.register())
