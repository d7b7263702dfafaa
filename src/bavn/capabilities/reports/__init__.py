# SPDX-License-Identifier: Apache-2.0
"""Paperwork gone: the report of an incident and the bill for help, drafted from the facts."""
