# SPDX-License-Identifier: Apache-2.0
"""Teams inside and their air, and the roll call: states out of words, with no clock."""
