# SPDX-License-Identifier: Apache-2.0
"""The living demonstration: plays a country's services, through nothing but the public API."""
