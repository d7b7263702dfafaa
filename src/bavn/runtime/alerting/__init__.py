# SPDX-License-Identifier: Apache-2.0
"""Channels by which crews are alerted, and the outbox that hands alerts over to them."""
