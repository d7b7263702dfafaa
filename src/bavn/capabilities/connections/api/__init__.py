# SPDX-License-Identifier: Apache-2.0
"""Connections over the programming interface."""

from bavn.capabilities.connections.api import overview

HANDLERS = (*overview.HANDLERS,)
