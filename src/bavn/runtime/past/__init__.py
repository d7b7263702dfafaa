# SPDX-License-Identifier: Apache-2.0
"""What has been: histories of turn-outs, imported from lists, and never in the record."""
