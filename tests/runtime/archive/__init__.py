# SPDX-License-Identifier: Apache-2.0
"""Packages for the archive."""
