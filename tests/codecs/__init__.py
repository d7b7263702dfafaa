# SPDX-License-Identifier: Apache-2.0
"""Tests of the codecs: what the standards say, and rubbish."""
