# SPDX-License-Identifier: Apache-2.0
"""Coded alarms over the programming interface."""

from bavn.capabilities.receiving.api.alarms import HANDLERS as ALARM_HANDLERS
from bavn.capabilities.receiving.api.rules import HANDLERS as RULE_HANDLERS

HANDLERS = (*ALARM_HANDLERS, *RULE_HANDLERS)
