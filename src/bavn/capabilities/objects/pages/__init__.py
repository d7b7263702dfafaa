# SPDX-License-Identifier: Apache-2.0
"""The pages of objects."""

from bavn.capabilities.objects.pages import cards, editing, incident, lists

PAGES = (*cards.HANDLERS, *editing.HANDLERS, *lists.HANDLERS, *incident.HANDLERS)
