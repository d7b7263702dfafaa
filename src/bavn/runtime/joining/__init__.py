# SPDX-License-Identifier: Apache-2.0
"""Joining: invitations, and the keys that nodes sign with."""
