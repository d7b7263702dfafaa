# SPDX-License-Identifier: Apache-2.0
"""Boards and pictures: what is known of incidents and units, and by whom it may be read."""

from bavn.capabilities.operations.views.tables import (
    INCIDENT_BOARD,
    INCIDENT_DETAILS,
    INCIDENT_PICTURE,
    INCIDENT_TRACE,
    UNIT_PICTURE,
    VIEWS,
)

__all__ = [
    "INCIDENT_BOARD",
    "INCIDENT_DETAILS",
    "INCIDENT_PICTURE",
    "INCIDENT_TRACE",
    "UNIT_PICTURE",
    "VIEWS",
]
