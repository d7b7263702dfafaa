# SPDX-License-Identifier: Apache-2.0
"""What other sectors say that must be seen where incidents are worked on."""
