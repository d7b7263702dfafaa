# SPDX-License-Identifier: Apache-2.0
"""Needs: what a scene asks its centre for, and what the centre answers."""
