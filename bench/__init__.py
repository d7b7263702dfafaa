# SPDX-License-Identifier: Apache-2.0
"""Measurements, each beside the peer that it is compared with."""
