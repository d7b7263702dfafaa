# SPDX-License-Identifier: Apache-2.0
"""Drafts: what the facts say of a report and a bill, and what they leave to a person."""
