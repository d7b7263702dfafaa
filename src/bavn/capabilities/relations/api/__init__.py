# SPDX-License-Identifier: Apache-2.0
"""Relations over the programming interface."""

from bavn.capabilities.relations.api.relations import HANDLERS

__all__ = ["HANDLERS"]
