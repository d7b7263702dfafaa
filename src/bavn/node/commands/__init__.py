# SPDX-License-Identifier: Apache-2.0
"""The commands of `bavn`, a module for each part of what a node can be told."""
