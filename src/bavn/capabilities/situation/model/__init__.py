# SPDX-License-Identifier: Apache-2.0
"""What is seen and what is not known, and what is made of it."""
