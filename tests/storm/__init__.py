# SPDX-License-Identifier: Apache-2.0
"""Faults from a seed: the real journal on disks, networks and clocks that fail."""
