# SPDX-License-Identifier: Apache-2.0
"""What connections makes of what is seen of other nodes."""
