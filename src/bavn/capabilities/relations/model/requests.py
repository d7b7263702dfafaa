# SPDX-License-Identifier: Apache-2.0
"""What a reaction asks for, and a decision decides."""

import msgspec


class CloseParts(msgspec.Struct, frozen=True, kw_only=True):
    """Close what is part of an incident that was closed, with the same outcome."""

    incident: str
    outcome: str | None = None
