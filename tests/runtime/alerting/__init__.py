# SPDX-License-Identifier: Apache-2.0
"""Channels, and the outbox that hands alerts over to them."""
