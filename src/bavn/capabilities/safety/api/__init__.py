# SPDX-License-Identifier: Apache-2.0
"""Safety at the scene over the programming interface."""

from bavn.capabilities.safety.api import safety

HANDLERS = safety.HANDLERS

__all__ = ["HANDLERS"]
