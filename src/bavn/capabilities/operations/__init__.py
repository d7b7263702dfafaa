# SPDX-License-Identifier: Apache-2.0
"""Operations: an alarm becomes an incident, and the country hears of it."""
