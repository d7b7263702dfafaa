# SPDX-License-Identifier: Apache-2.0
"""Where operations meets the running world: positions, which are kept in memory only."""
