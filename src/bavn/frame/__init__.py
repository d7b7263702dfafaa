# SPDX-License-Identifier: Apache-2.0
"""What a capability plugs into."""
