# SPDX-License-Identifier: Apache-2.0
"""What waited on a device without a network: when it was written, and when it is told as of."""

from datetime import datetime, timedelta

# What a device has kept for longer than this is told as of now, and with its words.
KEPT_LONGEST = timedelta(hours=48)


def written_at(says: str) -> datetime | None:
    """When the device says that it was written; None where it says nothing that can be read."""
    try:
        told = datetime.fromisoformat(says)
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def stands_at(at: datetime | None, now: datetime) -> datetime:
    """When it is told as of: never later than now, and not what a wrong clock makes of it."""
    if at is None or at > now or now - at > KEPT_LONGEST:
        return now
    return at
