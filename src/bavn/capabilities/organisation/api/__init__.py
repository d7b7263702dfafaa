# SPDX-License-Identifier: Apache-2.0
"""The programming interface of organisation, version 1."""

from bavn.capabilities.organisation.api import changes, lists, people, who

HANDLERS = (*who.HANDLERS, *changes.HANDLERS, *lists.HANDLERS, *people.HANDLERS)
