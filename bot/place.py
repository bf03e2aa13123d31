"""What one `homeward up` has for itself: its state folder, and the port that families reach."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from resources_db.errors import ResourcesError


class CannotStart(ResourcesError):
    """Homeward cannot run here as it is told to. The text says why, and what to do."""


@contextlib.contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Make the state folder and keep it for ourselves. The lock ends with the process, however it ends. Raises CannotStart."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "homeward.lock").open("a+")
    except OSError as error:
        raise CannotStart(
            f"the state folder {folder} cannot be written to ({error.strerror}): set HOMEWARD_VAR to one this user may write to"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise CannotStart(
                f"Homeward already runs on the state folder {folder} (process {lock.read().strip() or 'unknown'}): "
                "stop it first, or set HOMEWARD_VAR to another folder"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


@contextlib.contextmanager
def own_port(port: int) -> Iterator[list[socket.socket]]:
    """Listen on the port, on every address this machine has. Raises CannotStart."""
    with contextlib.ExitStack() as opened:
        sockets = []
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            try:
                sockets.append(opened.enter_context(_listening(family, address, port)))
            except OSError as error:
                if family is socket.AF_INET6 and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                    continue  # a machine without IPv6
                if error.errno in (errno.EACCES, errno.EPERM):
                    problem = f"this user may not use port {port}: choose one above 1023 with --port"
                else:
                    problem = f"port {port} is taken: stop what uses it, or choose another with --port"
                raise CannotStart(problem) from error
        yield sockets


def _listening(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((address, port))
        opened.listen(256)
    except OSError:
        opened.close()
        raise
    return opened
