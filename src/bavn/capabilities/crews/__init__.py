# SPDX-License-Identifier: Apache-2.0
"""Who is aboard a unit now, since when, and when they should be relieved."""
