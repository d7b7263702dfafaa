# SPDX-License-Identifier: Apache-2.0
"""Objects over the programming interface."""

from bavn.capabilities.objects.api.objects import HANDLERS

__all__ = ["HANDLERS"]
