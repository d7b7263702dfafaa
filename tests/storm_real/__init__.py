# SPDX-License-Identifier: Apache-2.0
"""A storm against real processes, real disks and real NATS servers on this machine."""
