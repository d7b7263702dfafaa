# SPDX-License-Identifier: Apache-2.0
"""Help between services."""
