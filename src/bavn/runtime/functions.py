# SPDX-License-Identifier: Apache-2.0
"""Functions that the program itself knows; all others are a country's."""

# Functions that a person never has: our own machine, and systems with a token.
MACHINES = frozenset({"machine", "system"})
# The function of the one who runs the machine, at its command line; no account and no token has it.
OPERATOR = "operator"
