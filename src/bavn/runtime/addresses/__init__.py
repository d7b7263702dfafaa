# SPDX-License-Identifier: Apache-2.0
"""The local register of addresses: a file of this machine, looked up without any network."""
