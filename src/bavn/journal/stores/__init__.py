# SPDX-License-Identifier: Apache-2.0
"""Stores that keep a journal; each passes the same contract."""
