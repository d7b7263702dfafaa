# SPDX-License-Identifier: Apache-2.0
"""Pages of reports and bills."""

from bavn.capabilities.reports.pages import bills, reports

PAGES = (*reports.HANDLERS, *bills.HANDLERS)
