"""tools/bootstrap.py: getting uv without pip, choosing a Python, and saying in one sentence what is missing."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import platform
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "bootstrap.py"

Serve = Callable[[dict[str, tuple[str, bytes]]], str]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with its folders in a temporary place and no index but the one a test gives."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "TOOLS", str(tmp_path))
    monkeypatch.setattr(module, "LOG", str(tmp_path / "setup.log"))
    monkeypatch.setattr(module, "STAMP", str(tmp_path / "stamp"))
    monkeypatch.setattr(module, "UV", str(tmp_path / "uv"))
    return module


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A package index: path → (media type, content). Returns its address."""
    pages: dict[str, tuple[str, bytes]] = {}

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = pages.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def begin(content: dict[str, tuple[str, bytes]]) -> str:
        pages.update(content)
        return f"http://127.0.0.1:{server.server_port}/simple"

    yield begin
    server.shutdown()
    server.server_close()


def wheel(version: str) -> bytes:
    """A uv that can only say its version."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"uv-{version}.data/scripts/uv", f"#!/bin/sh\necho uv {version}\n")
    return content.getvalue()


def wheel_name(version: str) -> str:
    system = (
        "macosx_11_0" if sys.platform == "darwin" else "manylinux_2_17" if platform.libc_ver()[0] == "glibc" else "musllinux_1_1"
    )
    return f"uv-{version}-py3-none-{system}_{platform.machine()}.whl"


def json_page(name: str, sha256: str) -> tuple[str, bytes]:
    files = [
        {"filename": "uv-0.0.1.tar.gz", "url": "../../uv-0.0.1.tar.gz", "hashes": {"sha256": "0"}},
        {"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": sha256}},
    ]
    return "application/vnd.pypi.simple.v1+json", json.dumps({"files": files}).encode()


def html_page(name: str, sha256: str) -> tuple[str, bytes]:
    return "text/html", f'<a href="../../files/{name}#sha256={sha256}" data-x="1">{name}</a>'.encode()


@pytest.mark.parametrize("page", [json_page, html_page])
def test_without_pip_uv_comes_from_the_index_in_either_of_its_forms(
    bootstrap: ModuleType, serve: Serve, monkeypatch: pytest.MonkeyPatch, page: Callable[[str, str], tuple[str, bytes]]
) -> None:
    name, content = wheel_name(bootstrap.UV_VERSION), wheel(bootstrap.UV_VERSION)
    pages = {"/simple/uv/": page(name, hashlib.sha256(content).hexdigest()), f"/files/{name}": ("application/zip", content)}
    monkeypatch.setenv("PIP_INDEX_URL", serve(pages))
    assert bootstrap.install_uv_from_index()
    assert bootstrap.output_of([bootstrap.own_uv(), "--version"]) == f"uv {bootstrap.UV_VERSION}"


def test_a_uv_that_is_not_the_one_described_is_not_installed(
    bootstrap: ModuleType, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = wheel_name(bootstrap.UV_VERSION)
    pages = {"/simple/uv/": json_page(name, "0" * 64), f"/files/{name}": ("application/zip", wheel(bootstrap.UV_VERSION))}
    monkeypatch.setenv("UV_DEFAULT_INDEX", serve(pages))
    with pytest.raises(bootstrap.SetupError, match="not the one the package index describes"):
        bootstrap.install_uv_from_index()
    assert not os.path.exists(bootstrap.own_uv())


def test_an_index_without_uv_is_told_apart_from_success(
    bootstrap: ModuleType, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", serve({}))
    assert not bootstrap.install_uv_from_index()


@pytest.mark.parametrize(("answer", "good"), [("echo uv 0.13.9", True), ("echo uv 0.5.1", False), ("exit 127", False)])
def test_a_uv_on_the_path_is_used_only_when_it_runs_and_is_recent(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, good: bool
) -> None:
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}:/usr/bin:/bin")
    assert bootstrap.find_uv() == (str(uv) if good else None)


def test_a_python_that_is_there_and_fails_is_passed_over(bootstrap: ModuleType, tmp_path: Path) -> None:
    shim = tmp_path / "python3.10"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    assert bootstrap.which_python(str(shim)) is None
    assert bootstrap.which_python(sys.executable) == sys.executable


def test_where_another_index_is_configured_that_one_serves(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example.org/simple/")
    assert bootstrap.index_url() == "https://packages.example.org/simple"


def test_the_reason_that_is_told_is_uvs_own_first_and_last_word(bootstrap: ModuleType) -> None:
    Path(bootstrap.LOG).write_text(
        "$ uv sync\nerror: Failed to fetch: x\n  cause: client error\n  cause: timed out\n", encoding="utf-8"
    )
    assert bootstrap.last_reason() == "Failed to fetch: x: timed out"


def test_secrets_in_an_index_address_do_not_reach_the_log(bootstrap: ModuleType) -> None:
    bootstrap.log("$ uv pip sync --index https://name:secret@packages.example.org/simple")
    assert "secret" not in Path(bootstrap.LOG).read_text(encoding="utf-8")


def test_what_is_done_is_not_done_again(bootstrap: ModuleType) -> None:
    assert not bootstrap.is_done()
    Path(bootstrap.UV).symlink_to("/bin/sh")
    Path(bootstrap.STAMP).write_text(bootstrap.fingerprint(), encoding="utf-8")
    assert bootstrap.is_done()
    Path(bootstrap.STAMP).write_text("of another uv.lock", encoding="utf-8")
    assert not bootstrap.is_done()


def test_a_failure_is_one_sentence_and_no_stack_trace(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "tools" / "no-tensorflow" / "tensorflow").mkdir(parents=True)
    for name in ("uv.lock", "pyproject.toml", "tools/no-tensorflow/tensorflow/__init__.py"):
        (project / name).touch()
    (project / "tools" / "bootstrap.py").write_bytes(SCRIPT.read_bytes())
    env = {"PATH": "/nowhere", "HOME": str(tmp_path), "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}
    done = subprocess.run(
        [sys.executable, "-I", str(project / "tools" / "bootstrap.py")], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("setup: uv could not be downloaded")
