# SPDX-License-Identifier: Apache-2.0
"""Readings: each text that may name people is opened by somebody, for something; it is kept."""

from bavn.runtime.readings.kept import Entry, ReadingLog, Wanted, looked_at
from bavn.runtime.readings.purposes import Purpose, Purposes, purposes_of

__all__ = ["Entry", "Purpose", "Purposes", "ReadingLog", "Wanted", "looked_at", "purposes_of"]
