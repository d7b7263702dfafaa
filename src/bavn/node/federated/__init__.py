# SPDX-License-Identifier: Apache-2.0
"""`bavn demo --federated`: the country on several nodes, over real lines that can be cut."""
