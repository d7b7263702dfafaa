# SPDX-License-Identifier: Apache-2.0
"""The pages of operations: incidents, one incident, a new one, units, and one unit."""

from bavn.capabilities.operations.pages import acting, incidents, log, reporting, units

PAGES = (
    incidents.list_page,
    reporting.new_page,
    reporting.place_part,
    reporting.report,
    incidents.incident_page,
    incidents.now_part,
    incidents.log_part,
    incidents.printed_page,
    *log.PAGES,
    acting.note,
    acting.correct,
    acting.strike,
    acting.close,
    units.list_page,
    units.unit_page,
    units.now_part,
    units.log_part,
    units.set_status,
)
