# SPDX-License-Identifier: Apache-2.0
"""Who leads at an incident, and what those who work there together write to each other."""
