# SPDX-License-Identifier: Apache-2.0
"""Dispatch over the programming interface."""

from bavn.capabilities.dispatch.api.orders import HANDLERS

__all__ = ["HANDLERS"]
