# SPDX-License-Identifier: Apache-2.0
"""Connections: which nodes are heard, how far behind each is, and what is therefore not known."""
