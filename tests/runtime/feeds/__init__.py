# SPDX-License-Identifier: Apache-2.0
"""Feeds of other systems."""
