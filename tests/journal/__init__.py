# SPDX-License-Identifier: Apache-2.0
"""Tests of the journal: the record, told in Lilleland."""
