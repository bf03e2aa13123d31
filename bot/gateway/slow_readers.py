"""Letting go of those who ask and then do not read: each would hold a connection, and what waits to be read, for ever."""

from __future__ import annotations

import asyncio
import socket
from weakref import WeakKeyDictionary

#: In seconds. On the worst of lines, somebody takes what the system holds within it.
PATIENCE = 30.0
#: In bytes. What the system holds of an answer we cannot see being read, and by itself it would take megabytes.
_SYSTEM_HOLDS = 64 * 1024


class SlowReaders:
    """Knows the connections that asked for something, as long as they are open."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        #: Bytes that waited to be read when it was last seen that some had been, and when that was.
        self._waiting: WeakKeyDictionary[asyncio.Transport, tuple[int, float]] = WeakKeyDictionary()

    def note(self, transport: asyncio.Transport | None) -> None:
        if transport is not None and transport not in self._waiting:
            self._waiting[transport] = 0, 0.0
            if connection := transport.get_extra_info("socket"):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SYSTEM_HOLDS)

    def __len__(self) -> int:
        return len(self._waiting)

    async def let_go(self) -> None:
        """For ever: end connections of which nothing was read for so long though something waits, closed or not."""
        while True:
            await asyncio.sleep(self._patience / 6)
            self._look(asyncio.get_running_loop().time())

    def _look(self, now: float) -> None:
        for transport, (before, since) in list(self._waiting.items()):
            waiting = transport.get_write_buffer_size()
            if not waiting and transport.is_closing():
                del self._waiting[transport]
            elif not waiting or not before or waiting < before:
                self._waiting[transport] = waiting, now
            elif now - since > self._patience:
                transport.abort()
