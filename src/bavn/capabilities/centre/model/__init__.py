# SPDX-License-Identifier: Apache-2.0
"""The board, the command line's grammar, and the rows of paper: rules, and nothing of the world."""
