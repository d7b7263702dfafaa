# SPDX-License-Identifier: Apache-2.0
"""Needs as pages."""

from bavn.capabilities.needs.pages import answering, scene

PAGES = (*scene.PAGES, *answering.PAGES)

__all__ = ["PAGES"]
