# SPDX-License-Identifier: Apache-2.0
"""Phones and tablets with TAK (ATAK, WinTAK, iTAK) as field clients: what they connect to."""

from bavn.runtime.tak.field import Device, Field
from bavn.runtime.tak.message import Message
from bavn.runtime.tak.serving import TakServer

__all__ = ("Device", "Field", "Message", "TakServer")
