# SPDX-License-Identifier: Apache-2.0
"""Rules of retention, what is chosen to be seen, and how things stand."""
