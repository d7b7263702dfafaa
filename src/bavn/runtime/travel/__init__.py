# SPDX-License-Identifier: Apache-2.0
"""The ways of a country: its tables of turn-out and driving, its lands, and a map of roads."""
