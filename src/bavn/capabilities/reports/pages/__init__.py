# SPDX-License-Identifier: Apache-2.0
"""Pages of reports and bills."""

from bavn.capabilities.reports.pages import bills, reports, versions

PAGES = (*reports.HANDLERS, *versions.HANDLERS, *bills.HANDLERS)
