# SPDX-License-Identifier: Apache-2.0
"""What the organisation's own machine asks, when a fact leads to it."""

import msgspec


class SeeNeed(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a centre has seen it: by itself, when its watch has touched it on the board."""

    need: str
