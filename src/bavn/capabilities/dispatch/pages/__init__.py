# SPDX-License-Identifier: Apache-2.0
"""The pages of dispatch."""

from bavn.capabilities.dispatch.pages.sending import HANDLERS

PAGES = HANDLERS
