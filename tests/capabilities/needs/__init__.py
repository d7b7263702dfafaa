# SPDX-License-Identifier: Apache-2.0
"""Tests of what a scene asks its centre for."""
