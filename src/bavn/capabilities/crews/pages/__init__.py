# SPDX-License-Identifier: Apache-2.0
"""The crew on the unit's page."""

from bavn.capabilities.crews.pages.crew import PAGES

__all__ = ["PAGES"]
