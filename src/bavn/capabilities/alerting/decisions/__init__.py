# SPDX-License-Identifier: Apache-2.0
"""How what is asked of alerting is decided: each a pure function."""
