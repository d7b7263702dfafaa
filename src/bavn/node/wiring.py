# SPDX-License-Identifier: Apache-2.0
"""What this installation is made of: the list of capabilities."""

from typing import Any

from bavn.capabilities.operations.capability import OPERATIONS, room
from bavn.frame.capability import Capability
from bavn.journal.catalogue import Catalogue, catalogue_of

# Which of the countries that come with the program this installation is for.
COUNTRY = "denmark"

CAPABILITIES: tuple[Capability, ...] = (OPERATIONS,)


def catalogue() -> Catalogue:
    """All that this installation understands and decides."""
    return catalogue_of(capability.part for capability in CAPABILITIES)


def given() -> dict[str, Any]:
    """What handlers ask for by name, made once for a world that is served."""
    return {"operations": room()}
