# SPDX-License-Identifier: Apache-2.0
"""What can be asked of connections, and how it is decided."""
