# SPDX-License-Identifier: Apache-2.0
"""Bundles: what a node may hear and lacks, as sealed files that somebody carries there by hand."""
