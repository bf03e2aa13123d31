"""All of Homeward's set-up: finds or gets uv and Python 3.10, then installs what uv.lock says into .venv.

Run by `make setup` with whatever Python there is; needs nothing but the standard library (no pip, no venv). It is
written so that any Python 3 can read it and say in one sentence what is missing. Run again, it does nothing.
"""

import base64
import glob
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from typing import Dict, List, Optional, Tuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
TOOLS = os.path.join(ROOT, ".tools")
STAMP = os.path.join(VENV, ".homeward")
LOG = os.path.join(TOOLS, "setup.log")
UV = os.path.join(TOOLS, "uv")  # a link to the uv that was chosen, for the Makefile

UV_VERSION = "0.13.9"
OLDEST_UV = (0, 9)  # an older one cannot read this uv.lock
PYPI = "https://pypi.org/simple"
INSTALL_PYTHON = "Homeward needs Python 3.10 and uv could not get it: install it (python3.10 on the PATH), then run this again."


class SetupError(Exception):
    """Set-up cannot go on; the text is the one sentence that says what to do."""


def main() -> int:
    if sys.version_info < (3, 8):
        raise SetupError(
            "Set-up starts with Python 3.8 or newer, not %s: run it with a newer python3." % platform.python_version()
        )
    if sys.platform not in ("linux", "darwin"):
        raise SetupError("Homeward runs on Linux and macOS: on Windows, use it inside WSL.")
    if is_done():
        return 0
    began = time.time()
    os.makedirs(TOOLS, exist_ok=True)
    open(LOG, "w").close()
    uv = find_uv() or install_uv()
    link_uv(uv)
    python = find_python() or get_python(uv)
    say("installing packages into .venv (a few minutes the first time)")
    install(uv, python)
    with open(STAMP, "w") as stamp:
        stamp.write(fingerprint())
    say("done in %d s" % (time.time() - began))
    return 0


def say(text: str) -> None:
    print("setup: " + text, flush=True)


# --- has it been done? ----------------------------------------------------------------------------------------------


def fingerprint() -> str:
    """Of everything that decides what is in .venv, where it lies included: a virtual environment cannot be moved."""
    digest = hashlib.sha256(ROOT.encode())
    inputs = ["uv.lock", "pyproject.toml", os.path.join("tools", "no-tensorflow", "tensorflow", "__init__.py")]
    for name in inputs:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def is_done() -> bool:
    try:
        with open(STAMP) as stamp:
            programs = (UV, os.path.join(VENV, "bin", "homeward"), os.path.join(VENV, "bin", "python"))
            return stamp.read() == fingerprint() and all(os.access(program, os.X_OK) for program in programs)
    except OSError:
        return False


# --- uv -------------------------------------------------------------------------------------------------------------


def find_uv() -> Optional[str]:
    """A uv that runs and is recent enough: ours from an earlier set-up, else the one on the PATH."""
    for uv in (own_uv(), shutil.which("uv")):
        version = output_of([uv, "--version"]) if uv else None
        numbers = re.match(r"uv (\d+)\.(\d+)", version or "")
        if uv and numbers and (int(numbers.group(1)), int(numbers.group(2))) >= OLDEST_UV:
            return uv
    return None


def own_uv() -> str:
    return os.path.join(TOOLS, "uv-" + UV_VERSION, "bin", "uv")


def link_uv(uv: str) -> None:
    if os.path.lexists(UV):
        os.unlink(UV)
    os.symlink(uv, UV)


def install_uv() -> str:
    say("getting uv " + UV_VERSION)
    if install_uv_with_pip() or install_uv_from_index():
        return own_uv()
    raise SetupError(
        "uv could not be downloaded (.tools/setup.log tells why): check the network or install uv, then run this again."
    )


def install_uv_with_pip() -> bool:
    """With pip, which knows the user's own index, proxy and certificates."""
    target = os.path.join(TOOLS, "uv-" + UV_VERSION)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", target, "--upgrade", "--no-deps", "uv==" + UV_VERSION]
    env = dict(os.environ, PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    return run(pip, env) and output_of([own_uv(), "--version"]) is not None


def install_uv_from_index() -> bool:
    """Without pip: the wheel for this machine, straight from the package index, checked against its SHA-256."""
    try:
        url, sha256 = find_wheel(index_url())
        wheel = fetch(url, "*/*")[0]
        if hashlib.sha256(wheel).hexdigest() != sha256:
            raise SetupError("The uv that was downloaded is not the one the package index describes: nothing was installed.")
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            program = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
            os.makedirs(os.path.dirname(own_uv()), exist_ok=True)
            with open(own_uv(), "wb") as file:
                file.write(archive.read(program))
        os.chmod(own_uv(), 0o755)
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile) as error:
        log("uv from the package index: %s: %s" % (type(error).__name__, error))
        return False
    return output_of([own_uv(), "--version"]) is not None


def index_url() -> str:
    """The package index this machine is told to use."""
    names = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
    given = next((os.environ[name] for name in names if os.environ.get(name)), None)
    given = given or output_of([sys.executable, "-m", "pip", "config", "get", "global.index-url"])
    return (given or PYPI).strip().rstrip("/")


def find_wheel(index: str) -> Tuple[str, str]:
    """Address and SHA-256 of uv's wheel for this machine. Reads both forms of the simple API, JSON and HTML."""
    page = index + "/uv/"
    content, kind = fetch(page, "application/vnd.pypi.simple.v1+json, text/html;q=0.5")
    if "json" in kind:
        files = [(f["url"], f["hashes"].get("sha256", "")) for f in json.loads(content.decode())["files"]]
    else:
        files = [link.partition("#sha256=")[::2] for link in re.findall(r'href="([^"]+)"', content.decode())]
    system = "macosx" if sys.platform == "darwin" else "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    wanted = re.compile(r"/uv-%s-py3-none-.*%s_[0-9_]+_%s\b" % (re.escape(UV_VERSION), system, platform.machine()))
    for link, sha256 in files:
        if wanted.search("/" + link) and link.endswith(".whl"):
            return urllib.parse.urljoin(page, link), sha256
    raise ValueError("%s has no uv %s for %s on %s" % (page, UV_VERSION, system, platform.machine()))


def fetch(url: str, accept: str) -> Tuple[bytes, str]:
    """The content and its media type. A name and password in the address are sent as such."""
    parts = urllib.parse.urlsplit(url)
    headers = {"Accept": accept, "User-Agent": "homeward-setup"}
    if parts.username:
        secret = "%s:%s" % (urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""))
        headers["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
        url = urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as response:
        return response.read(), response.headers.get("Content-Type", "")


# --- Python 3.10 ----------------------------------------------------------------------------------------------------


def find_python() -> Optional[str]:
    """A complete CPython 3.10 that really runs: pyenv's python3.10, for one, exists and fails outside its version."""
    found = [sys.executable, shutil.which("python3.10"), "/usr/local/bin/python3.10", "/opt/homebrew/bin/python3.10"]
    for pyenv in (os.environ.get("PYENV_ROOT"), os.path.expanduser("~/.pyenv")):
        found += sorted(glob.glob(os.path.join(pyenv, "versions", "3.10*", "bin", "python"))) if pyenv else []
    for python in found:
        real = python and which_python(python)
        if real:
            say("Python %s" % real)
            return real
    return None


def which_python(python: str) -> Optional[str]:
    """The real path behind a command, if it is a CPython 3.10 with all parts that Homeward needs."""
    probe = (
        "import ctypes, sqlite3, ssl, sys, zlib; "
        "print(sys.executable if sys.version_info[:2] == (3, 10) and sys.implementation.name == 'cpython' else '')"
    )
    return output_of([python, "-I", "-c", probe]) or None


def get_python(uv: str) -> str:
    say("getting Python 3.10")
    env = uv_environment()
    if run([uv, "python", "install", "3.10"], env):
        python = output_of([uv, "python", "find", "--managed-python", "--no-project", "3.10"], env)
        if python and which_python(python):
            return python
    raise SetupError(INSTALL_PYTHON)


# --- packages -------------------------------------------------------------------------------------------------------


def install(uv: str, python: str) -> None:
    """Exactly what uv.lock says. Its addresses are those of PyPI; where another index is configured, that one serves."""
    env = uv_environment()
    if index_url() == PYPI:
        done = run([uv, "sync", "--frozen", "--python", python], env, ticking=True)
    else:
        done = install_from(index_url(), uv, python, env)
    if not done:
        raise SetupError("The packages could not be installed (%s): .tools/setup.log holds the whole story." % last_reason())


def install_from(index: str, uv: str, python: str, env: Dict[str, str]) -> bool:
    """The locked versions with the locked hashes, from a mirror of PyPI."""
    wanted = os.path.join(TOOLS, "requirements.txt")
    env = dict(env, UV_DEFAULT_INDEX=index, VIRTUAL_ENV=VENV)
    return (
        run([uv, "export", "--frozen", "--quiet", "--python", python, "--output-file", wanted], env)
        and run([uv, "venv", "--allow-existing", "--python", python, VENV], env)
        and run([uv, "pip", "sync", "--quiet", wanted], env, ticking=True)
    )


def uv_environment() -> Dict[str, str]:
    """Ours without what would lead uv elsewhere, and with the certificates that pip was told to trust."""
    astray = {"VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON", "UV_LOCKED", "UV_FROZEN", "UV_NO_DEV"}
    env = {name: value for name, value in os.environ.items() if name not in astray}
    env.setdefault("UV_HTTP_TIMEOUT", "180")
    if "PIP_CERT" in env:
        env.setdefault("SSL_CERT_FILE", env["PIP_CERT"])
    if not os.access(os.path.expanduser("~"), os.W_OK):
        env.setdefault("UV_CACHE_DIR", os.path.join(TOOLS, "cache"))
    return env


# --- running things -------------------------------------------------------------------------------------------------


def run(command: List[str], env: Dict[str, str], ticking: bool = False) -> bool:
    """Whether it worked. What it says goes to the log."""
    log("$ " + " ".join(command))
    began = said = time.time()
    with open(LOG, "ab") as output:
        try:
            process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        except OSError as error:
            output.write(str(error).encode())
            return False
    try:
        while process.poll() is None:
            time.sleep(0.1)
            if ticking and time.time() - said >= 15:
                said = time.time()
                say("still installing, %d s" % (said - began))
    except BaseException:
        process.terminate()
        raise
    return process.returncode == 0


def output_of(command: List[str], env: Optional[Dict[str, str]] = None) -> Optional[str]:
    """What a command prints, or None when it does not work."""
    try:
        quiet = subprocess.DEVNULL
        done = subprocess.run(command, cwd=ROOT, env=env, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def log(line: str) -> None:
    with open(LOG, "a") as file:
        file.write(re.sub(r"//[^/@\s]*@", "//", line) + "\n")


def last_reason() -> str:
    """What uv says went wrong, and its innermost cause."""
    with open(LOG, errors="replace") as file:
        said = re.findall(r"^\s*(?:error|cause|Caused by|×|╰─▶)[: ]+(.*)$", file.read(), re.MULTILINE)
    return ": ".join(sorted({said[0], said[-1]}, key=said.index)).rstrip(".") if said else "no reason given"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as problem:
        sys.exit("setup: %s" % problem)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as problem:
        sys.exit("setup: %s: %s" % (problem.filename or "the disk", problem.strerror or problem))
