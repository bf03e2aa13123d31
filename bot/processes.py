"""Processes of our own: started so that they cannot outlive us, and ended with everything they started themselves."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from bot.project import ROOT

_STOP_PATIENCE = 8.0
_PR_SET_PDEATHSIG = 1


async def run_module(
    module: Sequence[str], *, env: Mapping[str, str], output: IO[bytes] | None, sockets: Sequence[socket.socket] = (),
    started: Callable[[Process], None],
) -> int:  # fmt: skip
    """Run `python -m module…` in the project's folder to its end and return its exit code; when cancelled, end it first.

    `output` takes what it says, None is our own terminal. It inherits `sockets` under their numbers.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", *module, cwd=ROOT, env=env, stdin=DEVNULL, stdout=output, stderr=output,
        pass_fds=[s.fileno() for s in sockets], start_new_session=True, preexec_fn=dying_with_us(),
    )  # fmt: skip
    started(process)
    try:
        return await process.wait()
    finally:
        await _end(process)


def send_signal(process: Process, number: signal.Signals) -> None:
    """To the process and all it started: it leads a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _end(process: Process) -> None:
    """Ask a process to stop, and end it if it does not; then whatever it started and left behind."""
    if process.returncode is None:
        send_signal(process, signal.SIGTERM)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), _STOP_PATIENCE)
    send_signal(process, signal.SIGKILL)
    await process.wait()


def dying_with_us() -> Callable[[], None] | None:
    """On Linux a process can ask to be ended when its parent dies, even when that is killed. Looked up before the fork:
    in a child of a process with threads, as little as possible may be done."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    return (lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)) if prctl else None
