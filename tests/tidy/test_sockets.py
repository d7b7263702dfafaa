# SPDX-License-Identifier: Apache-2.0
"""Tests have no network: the guard of tests/conftest.py is seen to hold."""

import socket

import pytest

NOWHERE = ("192.0.2.1", 9)  # set aside for examples: RFC 5737
HERE = ("127.0.0.1", 0)


@pytest.mark.parametrize("address", [NOWHERE, HERE])
def test_a_unit_test_opens_no_socket(address: tuple[str, int]) -> None:
    with socket.socket() as sock:
        with pytest.raises(pytest.fail.Exception):
            sock.connect(address)
        with pytest.raises(pytest.fail.Exception):
            sock.bind(address)


@pytest.mark.story
def test_a_story_opens_loopback_only() -> None:
    with socket.socket() as sock:
        sock.bind(HERE)
        with pytest.raises(pytest.fail.Exception):
            sock.connect(NOWHERE)
