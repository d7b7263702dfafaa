# SPDX-License-Identifier: Apache-2.0
"""What a capability is to the house: a name, and what it brings to the journal."""

from dataclasses import dataclass

from bavn.journal.catalogue import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the system does; its folder is named as it is."""

    name: str
    part: Part
