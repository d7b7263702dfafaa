# SPDX-License-Identifier: Apache-2.0
"""Coded alarms: taken at once, tied to their object, sent by themselves where a rule says so."""
