# SPDX-License-Identifier: Apache-2.0
"""From an incident to the units that are sent to it: proposed, ordered, and why."""
