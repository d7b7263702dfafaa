# SPDX-License-Identifier: Apache-2.0
"""The record: append, verify, merge, and who may hear what."""
