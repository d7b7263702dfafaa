# SPDX-License-Identifier: Apache-2.0
"""What can be asked about organisations, and how it is decided."""
