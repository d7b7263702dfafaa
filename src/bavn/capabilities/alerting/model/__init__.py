# SPDX-License-Identifier: Apache-2.0
"""Who is alerted when, what may be asked, and who is told of an incident."""
