# SPDX-License-Identifier: Apache-2.0
"""What belongs together, on the incident's page and on pages of its own."""

from bavn.capabilities.relations.pages import events, incident

PAGES = (*incident.PAGES, *events.PAGES)
