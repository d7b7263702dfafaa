# SPDX-License-Identifier: Apache-2.0
"""Alerting over the programming interface."""

from bavn.capabilities.alerting.api.alerts import HANDLERS as ALERTS
from bavn.capabilities.alerting.api.book import HANDLERS as BOOK

HANDLERS = (*ALERTS, *BOOK)
