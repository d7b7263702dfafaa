# SPDX-License-Identifier: Apache-2.0
"""Preparedness levels, and procedures agreed beforehand."""
