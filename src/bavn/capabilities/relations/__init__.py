# SPDX-License-Identifier: Apache-2.0
"""Incidents that belong together: the same one reported twice, and many in one event."""
