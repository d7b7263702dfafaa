# SPDX-License-Identifier: Apache-2.0
"""What other systems send: the account of it, in a file of this machine's own."""
