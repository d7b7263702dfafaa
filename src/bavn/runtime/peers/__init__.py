# SPDX-License-Identifier: Apache-2.0
"""Other nodes: the ways to them, what is said on those ways, and how a picture becomes whole."""
