# SPDX-License-Identifier: Apache-2.0
"""What exchange knows by itself: columns, files, and what a file would change."""
