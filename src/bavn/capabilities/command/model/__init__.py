# SPDX-License-Identifier: Apache-2.0
"""Who leads in a role at one moment, out of all that was told of it."""
