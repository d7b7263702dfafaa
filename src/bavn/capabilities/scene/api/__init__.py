# SPDX-License-Identifier: Apache-2.0
"""The board of a scene over the programming interface."""

from bavn.capabilities.scene.api.board import HANDLERS

__all__ = ["HANDLERS"]
