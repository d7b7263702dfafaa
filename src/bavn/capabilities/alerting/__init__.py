# SPDX-License-Identifier: Apache-2.0
"""Alerting: an order reaches the crews, and whoever has to know is told once."""
