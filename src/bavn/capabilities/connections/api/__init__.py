# SPDX-License-Identifier: Apache-2.0
"""Connections over the programming interface."""

from bavn.capabilities.connections.api import conflicts, overview, take_over

HANDLERS = (*overview.HANDLERS, *take_over.HANDLERS, *conflicts.HANDLERS)
