# SPDX-License-Identifier: Apache-2.0
"""What can be said of a feed, by itself."""
