# SPDX-License-Identifier: Apache-2.0
"""Situation as pages."""

from bavn.capabilities.situation.pages import districts, picture

HANDLERS = (*picture.HANDLERS, *districts.HANDLERS)

__all__ = ["HANDLERS"]
