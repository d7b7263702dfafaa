# SPDX-License-Identifier: Apache-2.0
"""Dispatch over the programming interface."""

from bavn.capabilities.dispatch.api import orders, turn_outs

HANDLERS = (*orders.HANDLERS, *turn_outs.HANDLERS)

__all__ = ["HANDLERS"]
