# SPDX-License-Identifier: Apache-2.0
"""Watches and their gaps, lists of them, and what may be asked."""
