# SPDX-License-Identifier: Apache-2.0
"""What stands on the board, out of all that was told."""
