# SPDX-License-Identifier: Apache-2.0
"""Command on the incident's page."""

from bavn.capabilities.command.pages.command import PAGES

__all__ = ["PAGES"]
