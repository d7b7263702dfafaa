# SPDX-License-Identifier: Apache-2.0
"""Which incidents are one, which of them leads, and which may be the same."""
