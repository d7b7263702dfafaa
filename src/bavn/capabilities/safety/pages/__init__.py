# SPDX-License-Identifier: Apache-2.0
"""Safety at the scene as pages."""

from bavn.capabilities.safety.pages import divers, rolls

PAGES = (*divers.PAGES, *rolls.PAGES)

__all__ = ["PAGES"]
