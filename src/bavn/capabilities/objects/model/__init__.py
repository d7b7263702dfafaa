# SPDX-License-Identifier: Apache-2.0
"""What a card holds, how an address is compared, and lists of objects."""
