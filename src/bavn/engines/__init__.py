# SPDX-License-Identifier: Apache-2.0
"""The mathematics, each part alone: arrays in, arrays out."""
