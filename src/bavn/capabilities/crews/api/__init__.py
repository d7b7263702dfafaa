# SPDX-License-Identifier: Apache-2.0
"""Crews over the programming interface."""

from bavn.capabilities.crews.api.crews import HANDLERS

__all__ = ["HANDLERS"]
