from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from bot import place
from bot.place import CannotStart, own_folder, own_port
from bot.supervisor import free_port


def _hold(folder: Path, held: Event) -> None:
    with own_folder(folder):
        held.set()
        signal.pause()


def test_a_state_folder_belongs_to_one_at_a_time_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    other = context.Process(target=_hold, args=(tmp_path, held))
    other.start()
    assert held.wait(30)
    with pytest.raises(CannotStart, match=f"process {other.pid}.*HOMEWARD_VAR"), own_folder(tmp_path):
        pass
    other.kill()
    other.join()
    with own_folder(tmp_path):
        assert (tmp_path / "homeward.lock").read_text().strip() == str(os.getpid())


def test_a_state_folder_is_made(tmp_path: Path) -> None:
    with own_folder(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()


def test_a_state_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="HOMEWARD_VAR"), own_folder(tmp_path / "file" / "var"):
        pass


def test_a_port_is_reached_on_every_address_of_this_machine() -> None:
    port = free_port()
    with own_port(port) as sockets:
        assert {s.getsockname()[1] for s in sockets} == {port}
        for address in ("127.0.0.1", "::1")[: len(sockets)]:
            with socket.create_connection((address, port), timeout=5):
                pass


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::")]
)
def test_a_taken_port_is_said(family: socket.AddressFamily, address: str) -> None:
    with socket.socket(family) as taken:
        if family is socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            taken.bind((address, 0))
        except OSError as error:
            pytest.skip(f"this machine has no {address}: {error}")
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port} is taken.*--port"), own_port(port):
            pass


def test_two_cannot_have_the_same_port() -> None:
    port = free_port()
    with own_port(port), pytest.raises(CannotStart, match="taken"), own_port(port):
        pass
    with own_port(port):
        pass


def test_a_port_one_may_not_use_is_not_called_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(place, "_listening", refuse)
    with pytest.raises(CannotStart, match="may not use port 80"), own_port(80):
        pass


def test_a_machine_without_ipv6_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    listening = place._listening

    def only_ipv4(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
        if family is socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return listening(family, address, port)

    monkeypatch.setattr(place, "_listening", only_ipv4)
    with own_port(free_port()) as sockets:
        assert len(sockets) == 1
