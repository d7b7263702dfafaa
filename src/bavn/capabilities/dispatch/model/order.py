# SPDX-License-Identifier: Apache-2.0
"""What an order does to the units that are named in it."""

# An order that a unit has not answered binds it so long: by then it has gone, or nobody heard it.
BINDS_MS = 30 * 60 * 1000
