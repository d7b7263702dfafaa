# SPDX-License-Identifier: Apache-2.0
"""The pages of coded alarms."""

from bavn.capabilities.receiving.pages import rules, taking

PAGES = (*taking.HANDLERS, *rules.HANDLERS)
