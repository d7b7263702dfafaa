# SPDX-License-Identifier: Apache-2.0
"""The pages of dispatch."""

from bavn.capabilities.dispatch.pages import parts, sending

PAGES = (*sending.HANDLERS, *parts.HANDLERS)
