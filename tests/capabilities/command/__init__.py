# SPDX-License-Identifier: Apache-2.0
"""Command: who leads at an incident, and the joint log of those who work there."""
