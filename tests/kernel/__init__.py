# SPDX-License-Identifier: Apache-2.0
"""Tests of the kernel: the words that everyone uses."""
