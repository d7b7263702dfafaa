# SPDX-License-Identifier: Apache-2.0
"""What a coded alarm says, when it is the same again, and when it may send itself."""
