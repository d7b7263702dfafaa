# SPDX-License-Identifier: Apache-2.0
"""Command as pages."""

from bavn.capabilities.command.pages import command, reports

PAGES = (*command.PAGES, *reports.PAGES)

__all__ = ["PAGES"]
