# SPDX-License-Identifier: Apache-2.0
"""Help between organisations: called for, demanded, answered."""
