# SPDX-License-Identifier: Apache-2.0
"""What incidents and units are made of, and the moves that a unit makes."""
