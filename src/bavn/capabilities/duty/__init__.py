# SPDX-License-Identifier: Apache-2.0
"""Duty: who has the watch now, and which talk group an incident has."""
