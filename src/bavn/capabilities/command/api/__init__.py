# SPDX-License-Identifier: Apache-2.0
"""Command over the programming interface."""

from bavn.capabilities.command.api.command import HANDLERS

__all__ = ["HANDLERS"]
