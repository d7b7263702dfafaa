# SPDX-License-Identifier: Apache-2.0
"""The programming interface of operations, version 1."""

from bavn.capabilities.operations.api import (
    addresses,
    authority,
    bulk,
    incidents,
    intervals,
    log,
    picture,
    units,
)

HANDLERS = (
    addresses.find_addresses,
    *authority.HANDLERS,
    incidents.report_incident,
    incidents.list_incidents,
    incidents.one_incident,
    incidents.incident_facts,
    incidents.correct_incident,
    incidents.note_incident,
    incidents.strike_fact,
    incidents.close_incident,
    log.log,
    intervals.intervals,
    intervals.sheet,
    units.list_units,
    units.one_unit,
    units.unit_facts,
    units.set_unit_status,
    units.send_positions,
    bulk.send_statuses,
    picture.picture,
)
