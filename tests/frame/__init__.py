# SPDX-License-Identifier: Apache-2.0
"""What capabilities plug into."""
