# SPDX-License-Identifier: Apache-2.0
"""Command over the programming interface."""

from bavn.capabilities.command.api import command, reports

HANDLERS = (*command.HANDLERS, *reports.HANDLERS)

__all__ = ["HANDLERS"]
