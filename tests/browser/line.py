# SPDX-License-Identifier: Apache-2.0
"""A line between browser and node that can be cut in the middle of an answer."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

CHUNK = 65_536


class Line:
    """Passes bytes on. Once armed, the answer to the next POST is swallowed and `cut` is called."""

    def __init__(self, target: int, cut: Callable[[], None]) -> None:
        self.target = target
        self._cut = cut
        self._armed = threading.Event()
        self.was_cut = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self) -> None:
        """Let the next POST through, and its answer not."""
        self._armed.set()

    def close(self) -> None:
        """Take no more calls."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=None)
            except OSError:
                client.close()
                continue
            posted = threading.Event()
            for work in (self._ask, self._answer):
                threading.Thread(target=work, args=(client, server, posted), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, posted: threading.Event) -> None:
        with suppress(OSError):
            while raw := client.recv(CHUNK):
                if self._armed.is_set() and raw.startswith(b"POST "):
                    posted.set()
                server.sendall(raw)
        _hang_up(client, server)

    def _answer(
        self, client: socket.socket, server: socket.socket, posted: threading.Event
    ) -> None:
        with suppress(OSError):
            while raw := server.recv(CHUNK):
                if posted.is_set():
                    # The node has answered, so it is on its disk; the browser hears nothing of it.
                    self._armed.clear()
                    self._cut()
                    self.was_cut.set()
                    break
                client.sendall(raw)
        _hang_up(client, server)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
