# SPDX-License-Identifier: Apache-2.0
"""Instants: always with a zone, never a bare number outside a store."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

# An instant in a fact or a request; a text without a zone is refused when it is parsed.
Instant = Annotated[datetime, msgspec.Meta(tz=True)]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def ms_of(instant: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def instant_of(ms: int) -> datetime:
    """The instant of a count of milliseconds since 1970.

    >>> instant_of(1_500).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    return _EPOCH + timedelta(milliseconds=ms)
