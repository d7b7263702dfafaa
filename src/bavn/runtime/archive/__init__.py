# SPDX-License-Identifier: Apache-2.0
"""Packages for the archive: made whole or not at all, verified, and listed where they were made."""
