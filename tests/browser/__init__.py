# SPDX-License-Identifier: Apache-2.0
"""Journeys in a real browser."""
