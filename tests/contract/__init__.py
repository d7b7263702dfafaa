# SPDX-License-Identifier: Apache-2.0
"""What every implementation of a port promises, and every stored version of a fact."""
